import type { RouteRecordRaw } from 'vue-router'

const routes: RouteRecordRaw[] = [
  {
    path: '/account/inbox', name: 'inbox', component: () => import('./InboxPage.vue'),
    meta: { title: 'inbox.title', permission: 'watch', nav: 'desk', order: 90 },
  },
  {
    path: '/account/hooks', name: 'hooks', component: () => import('./HooksPage.vue'),
    // Reached from the account: the bar has no room for every list.
    meta: { title: 'inbox.hooks', permission: 'webhooks' },
  },
]
export default routes
