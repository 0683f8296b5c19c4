// Where in the application a call stands, found in a stack: the first place that is neither Node, nor a package, nor this one.

import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A place in the application's code. */
export interface CallSite {
  /** Relative to the working directory where it is inside. */
  readonly file: string
  readonly line: number
  readonly column: number
  /** Null where the place is in no named function. */
  readonly function: string | null
}

/** A stack as it was when a call began; text is made of it only if asked. */
export interface StackHolder {
  stack?: string
}

const FRAMES = 12
const OWN = new URL('.', import.meta.url).href
const FRAME =
  /^\s+at (?:async )?(?:(?<name>.+?) \()?(?<file>(?:file:\/\/|\/|[A-Za-z]:[\\/]).+?):(?<line>\d+):(?<column>\d+)\)?$/
const NAME_MAX = 120

/** The stack above `top`. Costs about a microsecond; the text is made when it is read. */
export function holdStack(top: (...args: never[]) => unknown): StackHolder {
  const holder: StackHolder = {}
  const before = Error.stackTraceLimit
  Error.stackTraceLimit = FRAMES
  Error.captureStackTrace(holder, top)
  Error.stackTraceLimit = before
  return holder
}

/** The application's place in any of the stacks, the first that has one; null if none has. */
export function callSiteIn(...stacks: readonly (string | undefined)[]): CallSite | null {
  for (const stack of stacks) {
    for (const line of (stack ?? '').split('\n')) {
      const site = siteOf(line)
      if (site !== null) return site
    }
  }
  return null
}

/** The lines of a stack that are places outside this package. */
export const foreignFrames = (stack: string): string[] =>
  stack.split('\n').filter((line) => /^\s+at /.test(line) && !line.includes(OWN))

function siteOf(line: string): CallSite | null {
  const { file, line: row, column, name } = FRAME.exec(line)?.groups ?? {}
  if (file === undefined || file.startsWith(OWN) || /[\\/]node_modules[\\/]/.test(file)) return null
  const path = file.startsWith('file://') ? fileURLToPath(file) : file
  const inside = relative(process.cwd(), path)
  const isInside = inside !== '' && !inside.startsWith('..')
  return {
    file: isInside ? inside : path.split(sep).slice(-3).join('/'),
    line: Number(row),
    column: Number(column),
    function: name === undefined ? null : name.replace(/ \[as .*$/, '').slice(0, NAME_MAX),
  }
}
