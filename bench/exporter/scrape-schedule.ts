/**
 * What the exporter is asked for and how often: the tables dbmedic reads, at the interval at which dbmedic reads them
 * (`everyMs` of the instruments). What the exporter has no collector for (lock waits, metadata locks, open transactions) it
 * does not read; what dbmedic does not read it is not asked for.
 */

/** Collectors by how often they are scraped. */
export interface ScrapeGroup {
  readonly everySeconds: number
  readonly collectors: readonly string[]
}

/** The schedule. */
export const SCRAPES: readonly ScrapeGroup[] = [
  { everySeconds: 5, collectors: ['info_schema.processlist'] },
  {
    everySeconds: 10,
    collectors: [
      'global_status',
      'global_variables',
      'info_schema.innodb_metrics',
      'perf_schema.eventsstatements',
      'slave_status',
    ],
  },
  {
    everySeconds: 900,
    collectors: [
      'perf_schema.tableiowaits',
      'perf_schema.indexiowaits',
      'auto_increment.columns',
      'info_schema.tables',
    ],
  },
]

/** All of them: they are switched on when an exporter starts. */
export const COLLECTORS: readonly string[] = SCRAPES.flatMap((group) => group.collectors)

/** The groups due at a moment between `lastSeconds` (not) and `nowSeconds`, each with its own offset of 0. */
export const dueBetween = (lastSeconds: number, nowSeconds: number): readonly ScrapeGroup[] =>
  SCRAPES.filter(
    ({ everySeconds }) => Math.floor(nowSeconds / everySeconds) > Math.floor(lastSeconds / everySeconds),
  )
