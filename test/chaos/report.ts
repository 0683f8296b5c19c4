/** A run of chaos as a page for people. */
import type { ChaosReport } from './chaos.ts'

const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([what, n]) => `${what} ${n}`)
    .join(', ') || 'none'

/** Markdown. */
export function reportText(report: ChaosReport): string {
  const { judgement, witness, violations } = report
  const { sent } = judgement
  return [
    `# Chaos: ${report.seconds} s, seed ${report.seed}, target ${report.server}, store ${report.store}`,
    '',
    violations.length === 0
      ? `Every promise was kept.`
      : `**${violations.length} promises were broken:**\n\n${violations.map((v) => `- ${v}`).join('\n')}`,
    '',
    `Settled ${(report.settledAfterMs / 1000).toFixed(1)} s after everything was mended.`,
    '',
    '## What the target received on the executor’s account',
    '',
    `${sent.connections} connections, ${sent.reads} reads, ${sent.guards} guards, ${sent.statements} statements, ${sent.ownKills} ends of own connections.`,
    `Runs by outcome: ${list(judgement.outcomes)}; settled by another executor: ${judgement.adopted}.`,
    `Stories of runs that did not succeed, read at the command line: ${judgement.stories}.`,
    '',
    '## What the store holds',
    '',
    `${list(judgement.counts)}; ${judgement.auditLinks} links of the audit chain.`,
    `Rows a witness saw and found again: ${list(witness.seen)} (${witness.looks} looks, ${witness.missed} at a store that was away).`,
    `People: ${list({ ...report.people })}.`,
    '',
    '## What befell it',
    '',
    ...befell(report),
    '',
    '## Processes',
    '',
    '| role | starts | kills | ends by itself | greatest MiB | oldest s | MiB/min | warnings and errors logged |',
    '|---|---|---|---|---|---|---|---|',
    ...report.roles.map(
      (r) =>
        `| ${r.role} | ${r.starts} | ${r.kills} | ${r.surprises.join(', ') || '0'} | ${r.greatestMiB} | ${r.oldestSeconds} | ${r.slopeMiBPerMinute?.toFixed(2) ?? '-'} | ${list(r.troubles)} |`,
    ),
    '',
  ].join('\n')
}

function befell({ disturbances }: ChaosReport): readonly string[] {
  const groups = Map.groupBy(disturbances, ({ what }) => what)
  const rows = [...groups].sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    `${disturbances.length} things:`,
    '',
    '| what | times | s in all | could not be done |',
    '|---|---|---|---|',
    ...rows.map(([what, all]) => {
      const seconds = all.reduce((sum, { lastedMs }) => sum + lastedMs, 0) / 1000
      const problems = all.flatMap(({ problem }) => problem ?? [])
      return `| ${what} | ${all.length} | ${seconds.toFixed(1)} | ${problems.length === 0 ? '0' : `${problems.length}: ${problems[0]}`} |`
    }),
  ]
}
