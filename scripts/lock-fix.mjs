/**
 * `npm run lock:fix [-- --check]`: completes package-lock.json with the optional packages of other platforms.
 * npm leaves out those it could not resolve where the lock was made, and `npm ci` then refuses the lock
 * ("Missing: ... from lock file"). Run it after every change of a dependency; `--check` only says whether it is due.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ROOT, say, stop } from './bootstrap.mjs'

const SYSTEMS = 'android darwin freebsd openbsd netbsd sunos aix openharmony win32 linux'.split(' ')
const PROCESSORS = 'arm64 x64 ia32 arm ppc64 riscv64 s390x loong64 mips64el wasm32'.split(' ')

/**
 * The lock with an entry for each optional dependency that has none, and their paths. The platform is read
 * from the package's name, as npm would read it from the package; an exact version is required.
 */
export function completeLock(lock) {
  const packages = { ...lock.packages }
  const added = []
  for (const [owner, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (!/^\d+\.\d+\.\d+/.test(version) || resolve(packages, owner, name)?.version === version) continue
      const top = `node_modules/${name}`
      const path = packages[top] === undefined ? top : `${owner}/node_modules/${name}`
      packages[path] = { version, ...platformOf(name), ...(entry.dev ? { dev: true } : {}), optional: true }
      added.push(path)
    }
  }
  const sorted = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)))
  return { lock: { ...lock, packages: sorted }, added }
}

/** Node's own look-up: from the owner's folder outwards, the first of that name decides. */
function resolve(packages, owner, name) {
  for (let folder = owner; ; folder = parentOf(folder)) {
    const found = packages[folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`]
    if (found !== undefined || folder === '') return found
  }
}

function parentOf(folder) {
  const at = folder.lastIndexOf('/node_modules/')
  return at < 0 ? '' : folder.slice(0, at)
}

function platformOf(name) {
  const words = name.slice(name.lastIndexOf('/') + 1)
  const parts = words.split(/[-.]/)
  const system = SYSTEMS.find((each) => parts.includes(each))
  const processor = PROCESSORS.find((each) => parts.includes(each))
  const libc = /musl/.test(words) ? 'musl' : /gnu/.test(words) ? 'glibc' : undefined
  return {
    ...(processor ? { cpu: [processor] } : {}),
    ...(system ? { os: [system] } : {}),
    // For 32-bit ARM npm's own entries name no C library.
    ...(system === 'linux' && libc && processor !== 'arm' ? { libc: [libc] } : {}),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = join(ROOT, 'package-lock.json')
  const { lock, added } = completeLock(JSON.parse(readFileSync(path, 'utf8')))
  const list = added.map((each) => `  ${each}`).join('\n')
  if (process.argv.includes('--check')) {
    if (added.length > 0)
      stop(`package-lock.json lacks ${added.length} entries; run: npm run lock:fix\n${list}`)
  } else {
    writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
    say(added.length > 0 ? `added ${added.length} entries:\n${list}` : 'package-lock.json is complete')
  }
}
