/** docs/doors.md: every address of the API has a command or a written reason, and every command is on the page. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Command } from 'commander'
import { buildProgram } from '../../src/cli/main.ts'
import { REMOTEABLE } from '../../src/cli/remote/remoteable.ts'

const DOCS = join(import.meta.dirname, '../../docs')
const [ofAddresses = '', ofCommands = ''] = readFileSync(join(DOCS, 'doors.md'), 'utf8').split('\n## ')

interface Row {
  readonly operation: string
  readonly commands: readonly string[]
  readonly over: string
  readonly reason: string
}
const named = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
const rows: readonly Row[] = [
  ...ofAddresses.matchAll(/^\| ((?:GET|POST|PUT|DELETE) \S+) \|([^|]*)\|([^|]*)\|([^|]*)\|$/gm),
].map(([, operation = '', commands = '', over = '', reason = '']) => ({
  operation,
  commands: named(commands),
  over: over.trim(),
  reason: reason.trim(),
}))

/** `grants list`: every command that does something. */
function commandsOf(command: Command, path: readonly string[] = []): string[] {
  return command.commands.flatMap((each) => {
    const names = [...path, each.name()]
    // A command that takes arguments of its own does something beside those below it.
    const own = each.commands.length === 0 || each.registeredArguments.length > 0 ? [names.join(' ')] : []
    return [...own, ...commandsOf(each, names)]
  })
}
const commands = commandsOf(buildProgram())

test('every address of the API is on the page once', () => {
  const { paths } = JSON.parse(readFileSync(join(DOCS, 'openapi.json'), 'utf8')) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  }
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  assert.deepEqual(rows.map(({ operation }) => operation).sort(), operations.sort())
})

test('each has commands that are there, or a reason; and whether they work over a server is so', () => {
  for (const { operation, commands: does, over, reason } of rows) {
    for (const command of does) assert.ok(commands.includes(command), `${operation}: no command “${command}”`)
    if (does.length === 0) assert.equal(over, '', `${operation}: nothing works over a server`)
    else assert.equal(over, does.some((each) => REMOTEABLE.has(each)) ? 'yes' : 'no', operation)
    if (over !== 'yes') assert.ok(reason.length >= 15, `${operation}: no reason is written`)
  }
})

test('every command is beside an address, or says why it has none', () => {
  const own = [...ofCommands.matchAll(/^\| (`[^|]+) \| ([^|]+) \|$/gm)]
  for (const [, , reason = ''] of own) assert.ok(reason.length >= 15, reason)
  const known = new Set([
    ...rows.flatMap((row) => row.commands),
    ...own.flatMap(([, cell = '']) => named(cell)),
  ])
  assert.deepEqual(
    commands.filter((each) => !known.has(each)),
    [],
  )
  assert.deepEqual(
    [...known].filter((each) => !commands.includes(each)),
    [],
  )
})

test('what works over a server are commands, each beside an address', () => {
  const beside = new Set(rows.flatMap((row) => row.commands))
  assert.deepEqual(
    [...REMOTEABLE].filter((each) => !beside.has(each)),
    [],
  )
})
