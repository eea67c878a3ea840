import type { RouteRecordRaw } from 'vue-router'

const routes: RouteRecordRaw[] = [
  {
    path: '/project',
    name: 'project',
    component: () => import('./ProjectPage.vue'),
    meta: { title: 'project.title', nav: 'public', order: 20 },
  },
]
export default routes
