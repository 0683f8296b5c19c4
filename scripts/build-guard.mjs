/**
 * `npm run build:guard`: builds guard/ with the parts of src/ it uses into guard/dist, one file for each of ours, so that what an
 * application installs has no dependencies. Fails if anything but Node is imported, or if it is larger than the limit.
 * `--check` builds into a folder of its own, uses it once and keeps nothing.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT, say, stop, underRightNode } from './bootstrap.mjs'

/** All files together, bytes; four fifths are the hashed patterns of messages. */
const LIMIT = 2_000_000
/** Tables that are read beside the code. */
const DATA = 'src/recovery/{mongodb,mysql,postgres,redis,sqlite}/*.{tsv,bin}'
const IMPORT = /^(?:import|export)\b[^"';]*["']([^"']+)["'];?$|\bimport\(\s*["']([^"']+)["']/gm
/** As the sources write the files they import, and as an application finds them. */
const SOURCE_IMPORT = /((?:from |import\()['"]\.{1,2}\/[^'"]+)\.ts(?=['"])/g

await underRightNode()
const { globSync } = await import('node:fs')
const check = process.argv.includes('--check')
const folder = check ? mkdtempSync(join(tmpdir(), 'dbmedic-guard-')) : join(ROOT, 'guard', 'dist')
try {
  bundle()
  declare()
  for (const file of globSync(DATA, { cwd: ROOT })) cpSync(join(ROOT, file), join(folder, file))
  refuseImports()
  const bytes = globSync('**/*.*', { cwd: folder }).reduce(
    (sum, file) => sum + statSync(join(folder, file)).size,
    0,
  )
  if (bytes > LIMIT) stop(`the guard is ${bytes} bytes; the limit is ${LIMIT}`)
  await useOnce()
  say(`guard: ${(bytes / 1024).toFixed(0)} KiB, no dependencies`)
} finally {
  if (check) rmSync(folder, { recursive: true, force: true })
}

function bundle() {
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js')
  const args = [vite, 'build', '--outDir', folder, '--emptyOutDir', '--logLevel', 'warn']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: join(ROOT, 'guard'),
    encoding: 'utf8',
  })
  if (status !== 0) stop(`the guard cannot be built:\n${stdout}${stderr}`)
}

/** The types, of the same files. */
function declare() {
  const tsc = join(ROOT, 'node_modules/typescript-native/bin/tsc')
  const options = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir', folder]
  const { status, stdout } = spawnSync(
    process.execPath,
    [tsc, '--project', join(ROOT, 'guard'), ...options],
    {
      encoding: 'utf8',
    },
  )
  if (status !== 0) stop(`the guard has no types:\n${stdout}`)
  for (const file of globSync('**/*.d.ts', { cwd: folder })) {
    const text = readFileSync(join(folder, file), 'utf8')
    writeFileSync(join(folder, file), text.replace(SOURCE_IMPORT, '$1.js'))
  }
}

function refuseImports() {
  for (const file of globSync('**/*.js', { cwd: folder })) {
    const text = readFileSync(join(folder, file), 'utf8')
    for (const [, plain, dynamic] of text.matchAll(IMPORT)) {
      const name = plain ?? dynamic
      const isOwn =
        name.startsWith('.') && statSync(join(folder, dirname(file), name), { throwIfNoEntry: false })
      if (!isOwn && !isBuiltin(name)) stop(`${file} imports ${name}, which an application would not have`)
    }
  }
}

/** A failure through the built files: code, tables and patterns are there. */
async function useOnce() {
  const { guard, closeGuard } = await import(pathToFileURL(join(folder, 'guard/src/index.js')).href)
  const { DatabaseSync } = await import('node:sqlite')
  const seen = []
  const db = guard(new DatabaseSync(':memory:'), { onReport: (report) => seen.push(report) })
  try {
    db.exec('SELECT 1 FROM payroll')
  } catch {
    await closeGuard(db)
  }
  if (seen[0]?.object !== 'payroll') stop('the built guard does not tell what an error is about')
}
