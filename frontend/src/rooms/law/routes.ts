import type { RouteRecordRaw } from 'vue-router'

const routes: RouteRecordRaw[] = [
  { path: '/law', name: 'law', component: () => import('./LawHome.vue'), meta: { title: 'law.title', nav: 'public', order: 30 } },
  { path: '/law/search', name: 'law-search', component: () => import('./LawSearch.vue'), meta: { title: 'law.search' } },
  { path: '/law/:instrument/:clause?', name: 'law-document', component: () => import('./LawReader.vue'), meta: { title: 'law.title' } },
]
export default routes
