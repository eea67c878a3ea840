import type { RouteRecordRaw } from 'vue-router'

const routes: RouteRecordRaw[] = [
  {
    path: '/desk',
    name: 'desk',
    component: () => import('./TodayPage.vue'),
    meta: { title: 'desk.today.title', permission: 'filings.read', nav: 'desk', order: 10 },
  },
  {
    path: '/desk/cases',
    name: 'desk-cases',
    component: () => import('./RegisterPage.vue'),
    meta: { title: 'desk.register.title', permission: 'filings.read', nav: 'desk', order: 11 },
  },
  {
    path: '/desk/cases/:number(\\d+)',
    name: 'desk-case',
    component: () => import('./CasePage.vue'),
    props: (route) => ({ number: Number(route.params.number), own: false }),
    meta: { title: 'desk.case.title', permission: 'filings.read' },
  },
  {
    path: '/desk/projects',
    name: 'desk-projects',
    component: () => import('./ProjectsPage.vue'),
    meta: { title: 'desk.projects.title', permission: 'filings.read' },
  },
  {
    path: '/desk/lists',
    name: 'desk-lists',
    component: () => import('./ListsPage.vue'),
    meta: { title: 'desk.lists.title', permission: 'filings.read' },
  },
  {
    path: '/desk/ledger',
    name: 'desk-ledger',
    component: () => import('./LedgerPage.vue'),
    meta: { title: 'desk.ledger.title', permission: 'filings.read' },
  },
  {
    path: '/desk/days',
    name: 'desk-days',
    component: () => import('./DaysPage.vue'),
    meta: { title: 'desk.days.title' },
  },
  {
    path: '/desk/register',
    name: 'desk-open',
    component: () => import('./OpenPage.vue'),
    props: { own: false },
    meta: { title: 'desk.open.title', permission: 'filings.handle' },
  },
  {
    path: '/desk/mine',
    name: 'desk-mine',
    component: () => import('./MinePage.vue'),
    meta: { title: 'desk.mine.title', permission: 'filings.apply', nav: 'desk', order: 12 },
  },
  {
    path: '/desk/mine/:number(\\d+)',
    name: 'desk-own-case',
    component: () => import('./CasePage.vue'),
    props: (route) => ({ number: Number(route.params.number), own: true }),
    meta: { title: 'desk.case.title', permission: 'filings.apply' },
  },
  {
    path: '/desk/apply',
    name: 'desk-apply',
    component: () => import('./OpenPage.vue'),
    props: { own: true },
    meta: { title: 'desk.open.own', permission: 'filings.apply' },
  },
]
export default routes
