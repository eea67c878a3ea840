/** Pages of all rooms, and who may open them. */
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { me, may } from './parts/me'
import { i18n } from './words'
import Missing from './Missing.vue'

const rooms = import.meta.glob<{ default: RouteRecordRaw[] }>('./rooms/*/routes.ts', { eager: true })

const routes: RouteRecordRaw[] = Object.values(rooms).flatMap((room) => room.default)
routes.push({ path: '/denied', component: Missing, props: { denied: true }, meta: { title: 'app.denied' } })
routes.push({ path: '/:rest(.*)*', component: Missing, meta: { title: 'app.missing' } })

export const router = createRouter({
  history: createWebHistory('/'),
  routes,
  scrollBehavior: (_to, _from, kept) => kept ?? { top: 0 },
})

router.beforeEach(async (to) => {
  const needed = to.meta.permission
  if (!needed) return true
  await me.asked()
  if (may(needed)) return true
  if (!me.user) {
    // The pages for logging in come from the server.
    window.location.assign(`/accounts/login/?next=${encodeURIComponent(to.fullPath)}`)
    return false
  }
  return { path: '/denied', query: { from: to.fullPath }, replace: true }
})

router.afterEach((to) => {
  const { t } = i18n.global
  const own = to.meta.title ? `${t(to.meta.title)} · ` : ''
  document.title = `${own}${t('app.name')}`
})
