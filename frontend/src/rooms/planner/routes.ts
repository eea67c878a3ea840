import type { RouteRecordRaw } from 'vue-router'

const routes: RouteRecordRaw[] = [
  { path: '/planner', name: 'planner', component: () => import('./LayersPage.vue'), meta: { title: 'planner.title', permission: 'layers.read', nav: 'desk', order: 30 } },
  { path: '/planner/layer/:seq(\\d+)', name: 'layer', component: () => import('./LayerPage.vue'), props: true, meta: { title: 'planner.layer', permission: 'layers.read' } },
  { path: '/planner/layer/:seq(\\d+)/list', name: 'layer-list', component: () => import('./ListPage.vue'), props: true, meta: { title: 'planner.list', permission: 'layers.read' } },
  { path: '/planner/filings', name: 'layer-filings', component: () => import('./FilingsPage.vue'), meta: { title: 'planner.filings', permission: 'layers.read' } },
  { path: '/planner/problems', name: 'problems', component: () => import('./ProblemsPage.vue'), meta: { title: 'planner.problems', permission: 'tracking.read' } },
  { path: '/planner/problem/:id(\\d+)', name: 'problem', component: () => import('./ProblemPage.vue'), props: true, meta: { title: 'planner.problem', permission: 'tracking.read' } },
  { path: '/planner/drafts', name: 'drafts', component: () => import('./DraftsPage.vue'), meta: { title: 'planner.drafts', permission: 'packs.plan' } },
  { path: '/planner/tracking', name: 'tracking', component: () => import('./TrackingPage.vue'), meta: { title: 'planner.tracking', permission: 'tracking.read' } },
]
export default routes
