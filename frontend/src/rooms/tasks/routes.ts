import type { RouteRecordRaw } from 'vue-router'

const routes: RouteRecordRaw[] = [
  {
    path: '/tasks',
    name: 'tasks',
    component: () => import('./BoardPage.vue'),
    meta: { title: 'tasks.title', permission: 'tasks.read', nav: 'desk', order: 40 },
  },
  {
    path: '/tasks/of/:task',
    name: 'task',
    component: () => import('./TaskPage.vue'),
    props: true,
    meta: { title: 'tasks.task', permission: 'tasks.read' },
  },
  {
    path: '/tasks/duty/:id(\\d+)',
    name: 'duty',
    component: () => import('./DutyPage.vue'),
    props: true,
    meta: { title: 'tasks.duty', permission: 'tasks.read' },
  },
]
export default routes
