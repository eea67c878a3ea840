/// <reference lib="webworker" />
/** The service worker: the app and the findings last read are there without a network. */
import { ExpirationPlugin } from 'workbox-expiration'
import { addRoute, cleanupOutdatedCaches, createHandlerBoundToURL, precache } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import { CacheFirst, NetworkFirst, StaleWhileRevalidate } from 'workbox-strategies'

declare const self: ServiceWorkerGlobalScope

precache(self.__WB_MANIFEST)
cleanupOutdatedCaches()
// Pages of the app come from the kept shell; pages of the server (findings, logging in, administration) do not.
registerRoute(
  new NavigationRoute(createHandlerBoundToURL('/'), {
    allowlist: [/^\/$/, /^\/(place|project|recent|law|desk|planner|tasks|account|about)(\/|$)/],
  }),
)
// After the pages: those are asked for by their address alone, whatever a browser's language (`Vary`) would tell apart.
addRoute()
self.addEventListener('install', () => void self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

// Findings never change, but their page does: the network first, what was read last where there is none.
registerRoute(
  ({ url }) => /^\/f\/F[^/]+(\/qr\.svg)?$/.test(url.pathname),
  new NetworkFirst({
    cacheName: 'findings',
    networkTimeoutSeconds: 6,
    plugins: [new ExpirationPlugin({ maxEntries: 60, purgeOnQuotaError: true })],
  }),
)
// Built files carry their hash in the name.
registerRoute(
  ({ url }) => url.pathname.startsWith('/static/app/assets/'),
  new CacheFirst({ cacheName: 'built', plugins: [new ExpirationPlugin({ maxEntries: 200, purgeOnQuotaError: true })] }),
)
registerRoute(
  ({ url }) => url.pathname.startsWith('/static/greenrule/'),
  new StaleWhileRevalidate({ cacheName: 'sheets', plugins: [new ExpirationPlugin({ maxEntries: 20 })] }),
)
