/**
 * `npm run bench -- grouping`: how well error signatures group, on errors of real servers whose true faults are known, beside
 * the simple rule (lower-case, digits to N, quoted to VALUE, hash).
 */
import { together } from '../test/recovery/grouping/corpus.ts'
import { GROUPERS, type Grouper, groupCorpus } from '../test/recovery/grouping/group-corpus.ts'
import { gatherMariadb, gatherPostgres, gatherSqlite } from '../test/recovery/grouping/run-engines.ts'
import { markdownTable } from './support/markdown-table.ts'
import { runBench } from './support/run-bench.ts'

const WRONG_SHOWN = 12

await runBench({
  name: 'grouping',
  title: 'Grouping errors by signature',
  purpose:
    'Strict grouping accuracy, pair precision and recall of error signatures on failing statements of MariaDB, PostgreSQL and SQLite.',
  options: {
    statements: {
      ...{ kind: 'number', value: 250, quick: 40, min: 10, max: 10_000, whole: true },
      help: 'failing statements in each language of messages; twice as many on SQLite',
    },
    seed: { kind: 'number', value: 20_261_121, min: 1, max: 99_999_999, whole: true, help: 'of every draw' },
  },
  async measure(run) {
    const amount = { seed: run.options.number('seed'), count: run.options.number('statements') }
    run.say('MariaDB')
    const mariadb = await gatherMariadb(amount)
    run.say('PostgreSQL')
    const postgresql = await gatherPostgres(amount)
    run.say('SQLite')
    const sqlite = await gatherSqlite({ ...amount, count: amount.count * 2 })
    const gathered = {
      MariaDB: mariadb,
      ...(postgresql === null ? {} : { PostgreSQL: postgresql }),
      SQLite: sqlite,
    }
    const all = together(Object.values(gathered))
    const english = { errors: all.errors.filter((e) => e.language.startsWith('en')) }
    const figures = Object.entries({ ...gathered, 'in English': english, all }).flatMap(
      ([engine, { errors }]) =>
        (Object.keys(GROUPERS) as Grouper[]).map((way) => ({
          engine,
          way,
          languages: new Set(errors.map((e) => `${e.report.engine} ${e.language}`)).size,
          ...groupCorpus(errors, way),
        })),
    )
    const wrong = figures.find((f) => f.engine === 'all' && f.way === 'signature')?.wrong ?? []
    const unplanned = [...all.unplanned.values()].reduce((sum, n) => sum + n, 0)
    return {
      figures,
      markdown: [
        markdownTable(
          [
            'corpus, grouped by',
            'languages',
            'errors',
            'faults',
            'groups',
            'strict accuracy',
            'pair precision',
            'pair recall',
          ],
          figures.map(({ engine, way, languages, score }) => [
            `${engine}, ${way}`,
            ...[languages, score.errors, score.faults, score.groups].map(String),
            ...[score.strictAccuracy, score.pairPrecision, score.pairRecall].map((share) => share.toFixed(4)),
          ]),
        ),
        ...wrong.slice(0, WRONG_SHOWN).map((line) => `- ${line}`),
      ].join('\n'),
      headlines: figures
        .filter((f) => f.engine === 'all')
        .map(
          (f) =>
            `${f.way}: ${(f.score.strictAccuracy * 100).toFixed(2)} % of ${f.score.errors} errors in the right group`,
        ),
      problems: [
        ...(unplanned > 0 ? [`${unplanned} statements did not fail as planned`] : []),
        ...(postgresql === null ? ['no PostgreSQL server is installed'] : []),
      ],
    }
  },
})
