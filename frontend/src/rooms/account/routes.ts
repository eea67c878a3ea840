import type { RouteRecordRaw } from 'vue-router'

const routes: RouteRecordRaw[] = [
  // Named as the bar looks for it: whoever has logged in reaches it by their name.
  { path: '/account', name: 'account', component: () => import('./AccountPage.vue'), meta: { title: 'account.title', permission: 'watch' } },
  {
    path: '/account/people', name: 'people', component: () => import('./PeoplePage.vue'),
    // Reached from the account: the bar has no room for every list.
    meta: { title: 'account.people', permission: 'people.manage' },
  },
]
export default routes
