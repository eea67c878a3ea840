import type { RouteRecordRaw } from 'vue-router'

const routes: RouteRecordRaw[] = [
  {
    path: '/place',
    name: 'place',
    component: () => import('./PlacePage.vue'),
    meta: { title: 'place.title', nav: 'public', order: 10, full: true },
  },
]
export default routes
