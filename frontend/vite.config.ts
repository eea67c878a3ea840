import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import vue from '@vitejs/plugin-vue'
import components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import { defineConfig, type Plugin } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'

const here = dirname(fileURLToPath(import.meta.url))
const out = process.env.GREENRULE_BUILD ?? join(here, '../src/greenrule/web/static/app')
const base = '/static/app/'

/** The shell page names the hashed files, so it changes exactly when the manifest of the build does. */
function shellRevision(): string {
  return createHash('sha256').update(readFileSync(join(out, 'manifest.json'))).digest('hex').slice(0, 16)
}

interface Built {
  file: string
  css?: string[]
  imports?: string[]
}

/** What the public pages need offline: their files and what these import; the map and the desks come when first used. */
function keptOffline(): Set<string> {
  const built = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf-8')) as Record<string, Built>
  const files = new Set<string>()
  const seen = new Set<string>()
  const add = (name: string): void => {
    const chunk = built[name]
    if (!chunk || seen.has(name)) return
    seen.add(name)
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file)
    chunk.imports?.forEach(add)
  }
  Object.keys(built)
    .filter((name) => name === 'src/main.ts' || /^src\/rooms\/(front|place|project|recent)\//.test(name))
    .forEach(add)
  return files
}

/** Files ready compressed beside the originals: the server sends them as they are. */
function compressed(): Plugin {
  return {
    name: 'greenrule-compressed',
    apply: 'build',
    enforce: 'post',
    closeBundle: {
      order: 'post',
      sequential: true,
      handler() {
        for (const name of readdirSync(out, { recursive: true, encoding: 'utf-8' })) {
          if (!/\.(js|mjs|css|svg|json|webmanifest)$/.test(name)) continue
          const whole = readFileSync(join(out, name))
          if (whole.length < 1024) continue
          writeFileSync(join(out, `${name}.gz`), gzipSync(whole, { level: 9 }))
          writeFileSync(
            join(out, `${name}.br`),
            brotliCompressSync(whole, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
          )
        }
      },
    },
  }
}

export default defineConfig({
  root: here,
  resolve: { alias: { '@': join(here, 'src') } },
  base,
  build: {
    outDir: out,
    emptyOutDir: true,
    manifest: 'manifest.json',
    target: 'es2022',
    // The policy of the pages allows no inline script; the polyfill is for browsers that cannot run the app anyway.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    rollupOptions: { input: join(here, 'src/main.ts') },
  },
  plugins: [
    vue(),
    components({ resolvers: [ElementPlusResolver({ importStyle: 'css' })], dts: false, dirs: [] }),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'src',
      filename: 'sw.ts',
      injectRegister: false,
      manifest: false, // public/app.webmanifest
      injectManifest: {
        globPatterns: ['assets/*.{js,css}', 'icon.svg', 'icon-192.png'],
        maximumFileSizeToCacheInBytes: 4_000_000,
        dontCacheBustURLsMatching: /assets\//,
        manifestTransforms: [
          async (entries) => {
            const needed = keptOffline()
            const kept = entries.filter((entry) => !entry.url.startsWith('assets/') || needed.has(entry.url))
            const own = kept.map((entry) => ({ ...entry, url: base + entry.url }))
            return { manifest: [...own, { url: '/', revision: shellRevision(), size: 0 }], warnings: [] }
          },
        ],
      },
    }),
    compressed(),
  ],
})
