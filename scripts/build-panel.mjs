/**
 * `npm run build:panel`: builds web/ into web/dist, which the server serves, prints how much script the first load of
 * the dashboard is, and fails above the limit. `--check` builds into a folder of its own and keeps nothing.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { ROOT, say, stop, underRightNode } from './bootstrap.mjs'

/** Compressed script of the dashboard's first load, bytes. */
const LIMIT = 250_000
/** What the dashboard loads: the page itself, who is signed in, the dashboard with its chart. */
const FIRST_LOAD = [
  'index.html',
  'src/session/signed-in.tsx',
  'src/pages/dashboard.tsx',
  'src/parts/series-chart.tsx',
]
/** What would be blocked by the content-security policy. */
const INLINE = /<script(?![^>]*\ssrc=)|<style|\son\w+=|style=|https?:\/\//i

await underRightNode()
const check = process.argv.includes('--check')
const folder = check ? mkdtempSync(join(tmpdir(), 'dbmedic-panel-')) : join(ROOT, 'web', 'dist')
try {
  build()
  const html = readFileSync(join(folder, 'index.html'), 'utf8')
  if (INLINE.test(html)) stop('web/dist/index.html has inline script or style, or an address elsewhere')
  const { script, style, files } = firstLoad()
  const line = `first load of the dashboard: ${kb(script)} of script in ${files} files, ${kb(style)} of style (gzip)`
  if (script > LIMIT) stop(`${line}; the limit is ${kb(LIMIT)} of script`)
  say(`${line}; limit ${kb(LIMIT)}`)
} finally {
  if (check) rmSync(folder, { recursive: true, force: true })
}

function build() {
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js')
  const args = [vite, 'build', '--outDir', folder, '--emptyOutDir', '--logLevel', 'warn']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: join(ROOT, 'web'),
    encoding: 'utf8',
  })
  if (status !== 0) stop(`the panel cannot be built:\n${stdout}${stderr}`)
}

function firstLoad() {
  const manifest = JSON.parse(readFileSync(join(folder, '.vite', 'manifest.json'), 'utf8'))
  const scripts = new Set()
  const styles = new Set()
  const add = (name) => {
    const chunk = manifest[name]
    if (chunk === undefined) stop(`the build has no ${name}`)
    if (scripts.has(chunk.file)) return
    scripts.add(chunk.file)
    for (const file of chunk.css ?? []) styles.add(file)
    for (const each of chunk.imports ?? []) add(each)
  }
  for (const name of FIRST_LOAD) add(name)
  return { script: sizeOf(scripts), style: sizeOf(styles), files: scripts.size }
}

function sizeOf(files) {
  return [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file))).length, 0)
}

function kb(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`
}
