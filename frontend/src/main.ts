import { createApp } from 'vue'
import App from './App.vue'
import { i18n } from './words'
import { listen } from './parts/install'
import { router } from './router'
import './look.css'

listen()
createApp(App).use(i18n).use(router).mount('#app')

if ('serviceWorker' in navigator && import.meta.env.PROD) {
  window.addEventListener('load', () => {
    // Without it everything works except offline; a browser that refuses has said so in its console.
    navigator.serviceWorker.register('/sw.js', { scope: '/' }).catch(() => undefined)
  })
}
