import type { RouteRecordRaw } from 'vue-router'

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'front', component: () => import('./FrontPage.vue'), meta: { title: 'front.title' } },
]
export default routes
