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

/** One line a round, and what was broken. */
export function roundsText(reports: readonly ChaosReport[]): string {
  const sum = (of: (report: ChaosReport) => number): number => reports.reduce((n, r) => n + of(r), 0)
  const broken = reports.flatMap((r) => r.violations.map((v) => `- seed ${r.seed}: ${v}`))
  return [
    `# Chaos: ${reports.length} rounds, ${sum((r) => r.seconds)} s`,
    '',
    broken.length === 0
      ? 'Every promise was kept.'
      : `**${broken.length} promises were broken:**\n\n${broken.join('\n')}`,
    '',
    '| seed | disturbances | role kills | executor connections | statements | runs | adopted | rows witnessed | audit links | greatest MiB | settled after s |',
    '|---|---|---|---|---|---|---|---|---|---|---|',
    ...reports.map(
      ({ seed, disturbances, roles, judgement, witness, settledAfterMs }) =>
        `| ${seed} | ${disturbances.length} | ${roles.reduce((n, r) => n + r.kills, 0)} | ${judgement.sent.connections} | ${judgement.sent.statements} | ${list(judgement.outcomes)} | ${judgement.adopted} | ${Object.values(witness.seen).reduce((n, m) => n + m, 0)} | ${judgement.auditLinks} | ${Math.max(...roles.map((r) => r.greatestMiB))} | ${(settledAfterMs / 1000).toFixed(1)} |`,
    ),
    `| all | ${sum((r) => r.disturbances.length)} | ${sum((r) => r.roles.reduce((n, each) => n + each.kills, 0))} | ${sum((r) => r.judgement.sent.connections)} | ${sum((r) => r.judgement.sent.statements)} | | ${sum((r) => r.judgement.adopted)} | | | | |`,
    '',
  ].join('\n')
}
