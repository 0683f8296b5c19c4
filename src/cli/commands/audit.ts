/** audit: the tamper-evident record, exported and verified offline. */
import { createWriteStream, rmSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { auditLines, type ExportVerdict, readingRoles, verifyAuditFile } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import { EXIT, fileProblem, globals, withDoor } from '../context.ts'
import type { RemoteServer } from '../remote/remote-server.ts'
import { paint, print } from '../terminal.ts'
import { addAuditList } from './audit-list.ts'

/** Adds `audit`. */
export function addAuditCommands(program: Command): void {
  const audit = program.command('audit').description('the tamper-evident record of who decided and did what')
  addAuditList(audit)
  audit
    .command('export')
    .argument('[file]', 'where to; standard output if none')
    .description('write the whole chain as JSON lines')
    .action((file: string | undefined, _options: unknown, command: Command) =>
      withDoor(
        command,
        async ({ here, remote }) => {
          if (here === null) return exportOver(remote, file, globals(command).json)
          const lines = auditLines(here)
          if (file === undefined) return pipeline(lines, process.stdout, { end: false })
          const count = await exportTo(file, lines)
          print(globals(command).json, { file, lines: count }, () => `${count} lines written to ${file}`)
        },
        { rolesOf: readingRoles },
      ),
    )
  audit
    .command('verify')
    .argument('<file>', 'an export; - for standard input')
    .option('--head <seq:hash>', 'a head noted earlier, which the export must still contain')
    .description('check an export without the store: no link changed, lost, doubled or moved')
    .action(async (file: string, options: { head?: string }, command: Command) => {
      const verdict = await verifyAuditFile(
        file,
        options.head === undefined ? undefined : anchor(options.head),
      )
      const unproven = verdict.ok ? limitsOf(verdict, options.head !== undefined) : []
      print(globals(command).json, { ...verdict, unproven }, () =>
        verdict.ok
          ? [
              `${paint('green', 'unbroken')}: ${verdict.rows} links, head ${verdict.head}`,
              `Events: ${verdict.events.batches} sealed batches, of which ${verdict.events.pruned} were pruned`,
              ...unproven.map((limit) => `Not proven: ${limit}`),
            ].join('\n')
          : `${paint('red', 'BROKEN')} ${placeOf(verdict)}: ${verdict.problem}`,
      )
      if (!verdict.ok) process.exitCode = EXIT.found
    })
}

const placeOf = ({ firstBadSeq }: ExportVerdict): string =>
  firstBadSeq === null ? 'outside the links' : `at link ${firstBadSeq}`

/** What an unbroken file alone cannot prove, and what would. */
function limitsOf({ format, rows, head }: ExportVerdict, anchored: boolean): readonly string[] {
  return [
    ...(anchored
      ? []
      : [
          `that nothing was cut off at the end, or the whole written anew: an export is not signed. Compare with a head noted earlier: --head NUMBER:HASH (this one is ${rows}:${head})`,
        ]),
    ...(format === 1
      ? [
          'the first line and how lines are written: the export is of format 1, checked by the older rules. Export it again where the store still is.',
        ]
      : []),
  ]
}

/** Writes what a server sends to a new file and checks it: what was cut on its way is told, and so is what was changed. */
async function exportOver(
  remote: RemoteServer | null,
  file: string | undefined,
  json: boolean,
): Promise<void> {
  if (file === undefined || remote === null)
    throw new DbmedicError('DBM_USAGE', {
      problem: 'an export over a server goes into a file, where it is verified',
      hint: 'Name one: dbmedic audit export FILE',
    })
  await exportTo(file, remote.stream('/api/audit/export'))
  const verdict = await verifyAuditFile(file)
  print(json, { file, ...verdict }, () =>
    verdict.ok
      ? `${verdict.rows} links written to ${file}, unbroken, head ${verdict.head}`
      : `${file}: ${paint('red', 'BROKEN')} ${placeOf(verdict)}: ${verdict.problem}`,
  )
  if (!verdict.ok) process.exitCode = EXIT.found
}

/** Writes the lines to a new file of the user's own; gives how many. An existing file is left alone. */
async function exportTo(file: string, lines: AsyncIterable<string | Uint8Array>): Promise<number> {
  let count = 0
  async function* counted(): AsyncGenerator<string | Uint8Array> {
    for await (const line of lines) {
      count += 1
      yield line
    }
  }
  try {
    await pipeline(counted, createWriteStream(file, { flags: 'wx', mode: 0o600 }))
    return count
  } catch (error) {
    // Half an export is none; one that was there already is not ours.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') rmSync(file, { force: true })
    if (error instanceof DbmedicError) throw error
    throw fileProblem(file, error)
  }
}

function anchor(text: string): { seq: number; hash: string } {
  const parts = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text)
  if (parts === null)
    throw new DbmedicError('DBM_USAGE', {
      problem: 'a head is written as NUMBER:HASH',
      hint: 'Both stand in the last line of an export.',
    })
  return { seq: Number(parts[1]), hash: parts[2] ?? '' }
}
