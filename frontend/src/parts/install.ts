/** Whether the browser offers to install the app, and doing so. */
import { ref } from 'vue'

interface Offer extends Event {
  prompt(): Promise<void>
}
let offer: Offer | null = null
export const installable = ref(false)

/** Hear the offer; it comes once, early. */
export function listen(): void {
  window.addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault()
    offer = event as Offer
    installable.value = true
  })
  window.addEventListener('appinstalled', () => (installable.value = false))
}

export async function install(): Promise<void> {
  await offer?.prompt()
  offer = null
  installable.value = false
}
