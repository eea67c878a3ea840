import type { RouteRecordRaw } from 'vue-router'

const routes: RouteRecordRaw[] = [
  {
    path: '/desk/findings',
    name: 'findings',
    component: () => import('./FindingsPage.vue'),
    meta: { title: 'registers.findings.title', permission: 'findings' },
  },
  {
    path: '/desk/projects/:number(\\d+)',
    name: 'project-file',
    component: () => import('./ProjectFile.vue'),
    props: (route) => ({ number: Number(route.params.number) }),
    meta: { title: 'registers.project.title', permission: 'filings.read' },
  },
]
export default routes
