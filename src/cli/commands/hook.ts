/** hook install, uninstall, status: the git hook that scans what is about to be committed. */
import type { Command } from 'commander'
import { type HookState, hookState, installHook, uninstallHook } from '../../app/index.ts'
import { fileProblem, globals, Refused } from '../context.ts'
import { print, printable } from '../terminal.ts'

/** Adds `hook` and what is below it. */
export function addHookCommand(program: Command): void {
  const hook = program
    .command('hook')
    .description('the git hook that scans what is staged, before each commit')
  const add = (name: string, work: Work): Command =>
    hook
      .command(name)
      .argument('[folder]', 'the repository, or a folder of it that is to be scanned', '.')
      .action((folder: string, _options: unknown, command: Command) => work(folder, globals(command).json))
  add('install', install).description(
    'write the hook where there is none; one of somebody else is left as it is',
  )
  add('uninstall', uninstall).description('remove the hook, if it is the one that install wrote')
  add('status', status).description('whether the hook is there, where, and what it runs')
}

type Work = (folder: string, json: boolean) => Promise<void>

async function install(folder: string, json: boolean): Promise<void> {
  const before = await inFolder(folder, installHook)
  if (before.is !== 'absent' && before.is !== 'ours')
    throw notOurs(before, `To have it scan what is staged, add this line to it: ${before.line}`)
  tell(json, { ...before, is: 'ours' }, before.is === 'absent' ? 'installed' : 'installed already')
}

async function uninstall(folder: string, json: boolean): Promise<void> {
  const before = await inFolder(folder, uninstallHook)
  if (before.is === 'ours changed') throw notOurs(before, 'Remove the lines about dbmedic from it by hand.')
  const isGone = before.is === 'ours'
  tell(json, { ...before, is: isGone ? 'absent' : before.is }, isGone ? 'removed' : 'there was none of ours')
}

async function status(folder: string, json: boolean): Promise<void> {
  const state = await inFolder(folder, hookState)
  tell(json, state, WORDS[state.is])
}

const WORDS: Readonly<Record<HookState['is'], string>> = {
  absent: 'not installed',
  ours: 'installed',
  'ours changed': 'installed, and changed since by somebody',
  another: 'not installed: another hook is there',
}

function tell(json: boolean, { path, is, line }: HookState, word: string): void {
  print(json, { path, state: is, runs: line }, () =>
    [
      `${word}: ${printable(path)}`,
      is === 'absent' ? '' : `${is === 'another' ? 'To add it:' : 'It runs'} ${printable(line)}`,
    ]
      .filter((each) => each !== '')
      .join('\n'),
  )
}

async function inFolder(folder: string, work: (folder: string) => Promise<HookState>): Promise<HookState> {
  try {
    return await work(folder)
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).syscall === 'string')
      throw fileProblem((error as NodeJS.ErrnoException).path ?? folder, error)
    throw error
  }
}

const notOurs = ({ path, is }: HookState, toProceed: string): Refused =>
  new Refused({
    refused: true,
    code: 'DBM_USAGE',
    because: `${path} is ${is === 'another' ? 'a hook of somebody else' : 'ours, but was changed since'}, so it was left as it is`,
    toProceed,
  })
