import type { RouteRecordRaw } from 'vue-router'

const routes: RouteRecordRaw[] = [
  {
    path: '/recent',
    name: 'recent',
    component: () => import('./RecentPage.vue'),
    meta: { title: 'recent.title', nav: 'public', order: 40 },
  },
]
export default routes
