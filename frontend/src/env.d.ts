/// <reference types="vite/client" />
import 'vue-router'

declare module 'vue-router' {
  interface RouteMeta {
    /** Key of the page's title in the messages. */
    title?: string
    /** What one must be allowed to do to open the page. */
    permission?: string
    /** In which part of the navigation the page is named. */
    nav?: 'public' | 'desk'
    /** Place within that part; smaller is earlier. */
    order?: number
    /** A page that fills the window below the bar and does not scroll. */
    full?: boolean
  }
}
