/**
 * What every command of a clone needs before it can run: a recent enough Node and the locked packages.
 * Plain JavaScript of Node built-ins, because it runs before either is there, on Node 20 or newer.
 * Done once it costs a few milliseconds: a version, a hash, a stamp.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout's root. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

const RUNTIME = join(ROOT, '.runtime')
const LOCK = join(RUNTIME, 'bootstrap.lock')
const LOCK_WAIT_MS = 600_000
/**
 * Where Node keeps what it compiled, by content: starting the CLI takes half the processor time. Where it cannot be
 * written, Node goes on without (https://nodejs.org/api/module.html#module-compile-cache).
 */
const COMPILED = join(ROOT, 'node_modules', '.cache', 'compiled')
const WINDOWS = process.platform === 'win32'
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

/**
 * Makes Node and the packages ready and returns the Node to run under, with the environment for it.
 * Prints to standard error what it does when it takes time; ends the process with a clear message when it cannot.
 * @returns {{ node: string, env: NodeJS.ProcessEnv }}
 */
export function bootstrap() {
  if (isReady()) return runtime()
  mkdirSync(RUNTIME, { recursive: true })
  withLock(() => {
    if (!nodeIsRight()) installNode()
    if (!packagesAreRight()) installPackages()
  })
  return runtime()
}

/**
 * Returns when this process runs under the right Node; otherwise runs this same command under it and ends
 * with its result, so that what follows the call may import TypeScript.
 */
export async function underRightNode() {
  const { node, env } = bootstrap()
  if (node === process.execPath) {
    Object.assign(process.env, env)
    return
  }
  await finishWith(node, process.argv.slice(1), env)
}

/** Runs `program` in the foreground and ends this process as it ended: same status, same signal. */
export async function finishWith(program, args, env) {
  const { code, signal } = await foreground(program, args, env)
  if (signal) {
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  }
  process.exit(code ?? 1)
}

/** Runs `program` with our terminal; signals sent to us reach it, and we wait until it has torn down. */
export function foreground(program, args, env = process.env) {
  const child = spawn(program, args, { stdio: 'inherit', env })
  const forward = (signal) => {
    // A terminal's Ctrl-C has already reached the child: it is in our process group.
    if (signal === 'SIGINT' && process.stdin.isTTY) return
    child.kill(signal)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, forward)
  return new Promise((resolve) => {
    child.on('error', (error) => stop(`${program} cannot be started: ${error.message}`))
    child.on('exit', (code, signal) => {
      for (const each of signals) process.off(each, forward)
      resolve({ code, signal })
    })
  })
}

function runtime() {
  const node = isRightVersion(process.versions.node) ? process.execPath : ownNode()
  const path = [dirname(node), process.env.PATH].filter(Boolean).join(delimiter)
  return { node, env: { NODE_COMPILE_CACHE: COMPILED, ...process.env, PATH: path } }
}

function isReady() {
  return nodeIsRight() && packagesAreRight()
}

function ownNode() {
  return join(RUNTIME, 'node', 'bin', WINDOWS ? 'node.exe' : 'node')
}

function nodeIsRight() {
  if (isRightVersion(process.versions.node)) return true
  const about = join(RUNTIME, 'node', 'package.json')
  if (!existsSync(ownNode()) || !existsSync(about)) return false
  return JSON.parse(readFileSync(about, 'utf8')).version === manifest.config.node
}

/** The clone's commands run on the Node they are tested on, or a newer one; what is published runs on `engines`. */
function isRightVersion(version) {
  return majorOf(version) >= majorOf(manifest.config.node)
}

function majorOf(version) {
  return Number(version.split('.')[0])
}

function installNode() {
  const version = manifest.config.node
  const name = `node-${WINDOWS ? 'win' : process.platform}-${process.arch}`
  say(`Node ${process.versions.node} is here: bringing Node ${version} into .runtime`)
  const partial = join(RUNTIME, `partial-${process.pid}`)
  const target = join(RUNTIME, 'node')
  try {
    mkdirSync(partial, { recursive: true })
    npm(['install', '--prefix', partial, '--no-save', '--ignore-scripts', `${name}@${version}`], partial)
    const installed = join(partial, 'node_modules', name)
    const works = spawnSync(join(installed, 'bin', WINDOWS ? 'node.exe' : 'node'), ['--version'])
    if (works.status !== 0)
      stop(`${name}@${version} does not run here; install Node ${majorOf(version)} yourself`)
    rmSync(target, { recursive: true, force: true })
    rmSync(join(installed, 'include'), { recursive: true, force: true })
    renameSync(installed, target)
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
}

/** Beside the packages lies what they were installed from; a changed lock or Node major installs anew. */
function stampPath() {
  return join(ROOT, 'node_modules', '.dbmedic-stamp')
}

function stamp() {
  const lock = readFileSync(join(ROOT, 'package-lock.json'))
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform} ${process.arch}\n`
}

function packagesAreRight() {
  if (!existsSync(stampPath())) return false
  const found = readFileSync(stampPath(), 'utf8')
  const ofThisPlatform = found.split(' ').slice(1).join() === stamp().split(' ').slice(1).join()
  return found === stamp() || (ofThisPlatform && holdsLocked())
}

/** Does the folder hold every locked package in its version already? What it holds besides does no harm. */
function holdsLocked() {
  const path = join(ROOT, 'node_modules', '.package-lock.json')
  if (!existsSync(path)) return false
  const { packages: found } = JSON.parse(readFileSync(path, 'utf8'))
  const { packages: wanted } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
  return Object.entries(wanted).every(
    ([at, { version, optional }]) => at === '' || found[at]?.version === version || (optional && !found[at]),
  )
}

/** `npm ci` begins by emptying the folder: one that is a link belongs to another checkout as well. */
function installPackages() {
  const folder = join(ROOT, 'node_modules')
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink())
    stop(
      `${folder} is a link and holds other packages than package-lock.json: remove the link, then run this again`,
    )
  say('Installing the locked packages (npm ci)')
  npm(['ci', '--ignore-scripts'], ROOT, runtime().env)
  writeFileSync(stampPath(), stamp())
}

function npm(args, cwd, env = process.env) {
  const all = [...args, '--no-audit', '--no-fund', '--loglevel=error', '--no-update-notifier']
  const result = spawnSync('npm', all, {
    cwd,
    env,
    encoding: 'utf8',
    shell: WINDOWS,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (result.error) stop(`npm cannot be started: ${result.error.message}; install npm, it comes with Node`)
  if (result.status !== 0)
    stop(`npm ${args[0]} ended with ${result.status}:\n${result.stderr || result.stdout}`)
}

/** Two commands at once in a fresh clone: the second waits for the first instead of installing over it. */
function withLock(run) {
  const deadline = Date.now() + LOCK_WAIT_MS
  while (!takeLock()) {
    if (Date.now() > deadline)
      stop(`another command has been installing for ${LOCK_WAIT_MS / 60_000} min; if none is, delete ${LOCK}`)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  }
  try {
    run()
  } finally {
    rmSync(LOCK, { force: true })
  }
}

function takeLock() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' })
    process.once('exit', () => rmSync(LOCK, { force: true }))
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  const owner = existsSync(LOCK) ? Number(readFileSync(LOCK, 'utf8')) : 0
  const young = existsSync(LOCK) && Date.now() - statSync(LOCK).mtimeMs < 2_000
  if (!young && !isAlive(owner)) rmSync(LOCK, { force: true })
  return false
}

function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** One line to standard error: standard output belongs to the command. */
export function say(line) {
  process.stderr.write(`${line}\n`)
}

/** Ends the process with a message and status 1. */
export function stop(message) {
  say(`dbmedic: ${message}`)
  process.exit(1)
}
