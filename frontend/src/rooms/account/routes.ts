import type { RouteRecordRaw } from 'vue-router'

const routes: RouteRecordRaw[] = [
  // Named as the bar looks for it: whoever has logged in reaches it by their name.
  { path: '/account', name: 'account', component: () => import('./AccountPage.vue'), meta: { title: 'account.title', permission: 'watch' } },
  {
    path: '/account/people', name: 'people', component: () => import('./PeoplePage.vue'),
    meta: { title: 'account.people', permission: 'people.manage', nav: 'desk', order: 97 },
  },
]
export default routes
