/**
 * The hook that scans what is about to be committed. Only a file that holds nothing but our own text is ever replaced or removed: a
 * hook of somebody else is left as it is, with the line that would add ours to it.
 */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DbmedicError } from '../../core/errors.ts'
import { isBelow } from '../../scanner/index.ts'
import { runGit } from './run-git.ts'

/** What stands where git looks for the hook. `ours changed`: our text with something added to it or taken from it. */
export interface HookState {
  /** Absolute path of the file. */
  readonly path: string
  readonly is: 'absent' | 'ours' | 'ours changed' | 'another'
  /** The command it runs, or would run. */
  readonly line: string
}

/** The command line's own launcher: it finds or brings the Node it needs, so that nothing has to be on PATH. */
const LAUNCHER = fileURLToPath(new URL('../../../dbmedic', import.meta.url))
const MARK = '# dbmedic-hook 1: written by `dbmedic hook install`; `dbmedic hook uninstall` removes it.'
/** Longest hook of somebody else that is looked at, bytes. */
const MOST_BYTES = 256 * 1024

/** For sh: nothing in it means anything. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** The command that scans what is staged. @param folder - relative to the top of the working tree; '' for all of it */
export const hookLine = (folder: string): string =>
  // A folder may be called like a command, or begin with a dash.
  `${quoted(LAUNCHER)} scan --staged${folder === '' ? '' : ` ${quoted(`./${folder}`)}`}`

const hookText = (launcher: string, line: string): string => `#!/bin/sh
${MARK}
if [ ! -x ${launcher} ]; then
  echo 'dbmedic: the program this hook runs is gone, so nothing was scanned; "dbmedic hook install" writes the hook anew.' >&2
  echo 'dbmedic: to do without it, remove the hook, or once: git commit --no-verify' >&2
  exit 1
fi
exec ${line}
`

/** Whether a text is one that this program writes, wherever it lay then and whatever folder it was given. */
function isOurs(text: string): boolean {
  const launcher = /^if \[ ! -x (\S.*) \]; then$/m.exec(text)?.[1] ?? ''
  const line = /^exec (.+)$/m.exec(text)?.[1] ?? ''
  return line.startsWith(`${launcher} scan --staged`) && text === hookText(launcher, line)
}

/**
 * What is there now.
 * @throws DbmedicError DBM_USAGE where the folder is in no working tree, or hooks are kept outside of the repository
 */
export async function hookState(folder: string): Promise<HookState> {
  const root = realpathSync(resolve(folder))
  const top = await pathOf(root, ['--show-toplevel'])
  // Asked there: a relative core.hooksPath is relative to where hooks run.
  const common = real(await pathOf(top, ['--git-common-dir']))
  const hooks = real(await pathOf(top, ['--git-path', 'hooks']))
  const line = hookLine(relative(top, root).split(sep).join('/'))
  if (!isBelow(top, hooks) && !isBelow(common, hooks))
    throw new DbmedicError('DBM_USAGE', {
      problem: `core.hooksPath is ${hooks}, which other repositories may share`,
      hint: `Add this line to the hook there if it is to scan all of them: ${line}`,
    })
  const path = join(hooks, 'pre-commit')
  return { path, is: kindOf(path), line }
}

async function pathOf(folder: string, asked: readonly string[]): Promise<string> {
  const said = await runGit(folder, ['rev-parse', ...asked], { quiet: false })
  return resolve(folder, said.toString().replace(/\r?\n$/, ''))
}

/** Links resolved, where it is there. */
function real(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function kindOf(path: string): HookState['is'] {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return 'absent'
  if (!stats.isFile() || stats.size > MOST_BYTES) return 'another'
  const text = readFileSync(path, 'utf8')
  if (isOurs(text)) return 'ours'
  return text.includes('# dbmedic-hook ') ? 'ours changed' : 'another'
}

/**
 * Writes the hook where none is, or ours is. Gives the state before; nothing was written where that is neither `absent` nor `ours`.
 * @throws what `hookState` throws; the system's error where the file cannot be written
 */
export async function installHook(folder: string): Promise<HookState> {
  const state = await hookState(folder)
  const text = hookText(quoted(LAUNCHER), state.line)
  if (state.is === 'absent') {
    mkdirSync(dirname(state.path), { recursive: true })
    // Nothing that came there since we looked is written over.
    writeFileSync(state.path, text, { flag: 'wx', mode: 0o755 })
    chmodSync(state.path, 0o755)
  } else if (state.is === 'ours' && readFileSync(state.path, 'utf8') !== text) {
    const next = `${state.path}.dbmedic-${process.pid}`
    writeFileSync(next, text, { flag: 'wx', mode: 0o755 })
    chmodSync(next, 0o755)
    renameSync(next, state.path)
  }
  return state
}

/** Removes the hook if it is ours and nothing else. Gives the state before. @throws as `installHook` */
export async function uninstallHook(folder: string): Promise<HookState> {
  const state = await hookState(folder)
  if (state.is === 'ours') unlinkSync(state.path)
  return state
}
