// Who may import whom: the table of ARCHITECTURE.md, executable. Type imports count. Tests may import anything.
// Checked by `npm run check`; test/house/import-rules.test.ts breaks each rule once to see it fire.

const INSIDE = '^(src|web|guard|bench|test)/'
const TEST = '\\.test\\.ts$'
const CORE = '^src/core/'
const SQL = '^src/sql/'

/** From these files, inside the project, only those may be imported. */
const only = (name, from, ...to) => ({
  name,
  severity: 'error',
  from: { path: from, pathNot: TEST },
  to: { path: INSIDE, pathNot: to },
})

/** Packages that speak to a database; `node:sqlite` is one that ships with Node. */
const DRIVERS = [
  'node_modules/(better-sqlite3|mysql2|mariadb|pg|postgres|mongodb|redis|ioredis|kysely|libsql|@libsql/[^/]+)/',
  '^(node:)?sqlite$',
]

const CATALOGUES = 'detectors|diagnoses|actions'

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    // The panel's, and its bundler's own, resolve as the bundler has it: type check and build say what does not.
    {
      name: 'imports-resolve',
      severity: 'error',
      from: { pathNot: '^(web/|guard/vite)' },
      to: { couldNotResolve: true },
    },

    only('core-imports-nothing', CORE, CORE),
    {
      name: 'core-has-no-packages',
      severity: 'error',
      from: { path: CORE, pathNot: TEST },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'core'] },
    },
    only('sql-knows-only-core', SQL, CORE, SQL),
    only('access-knows-only-core', '^src/access/', CORE, '^src/access/'),
    only('an-engine-is-an-island', '^src/engines/([^/]+)/', CORE, SQL, '^src/engines/$1/'),
    only('the-engine-list-knows-engines', '^src/engines/[^/]+\\.ts$', CORE, '^src/engines/'),
    only(
      'catalogues-see-core-and-shapes',
      `^src/(${CATALOGUES})/([^/]+)/`,
      CORE,
      SQL,
      '^src/$1/(?:$2/|[^/]+\\.ts$)',
      '^src/engines/$2/shapes\\.ts$',
    ),
    only('a-catalogue-list-knows-its-items', `^src/(${CATALOGUES})/[^/]+\\.ts$`, CORE, SQL, '^src/$1/'),
    only('rules-and-knowledge-see-only-core', '^src/(rules|knowledge)/', CORE, SQL, '^src/$1/'),
    {
      name: 'shapes-are-only-types',
      severity: 'error',
      from: { path: `^src/(${CATALOGUES})/`, pathNot: TEST },
      to: { path: '^src/engines/[^/]+/shapes\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    only('scanner-never-touches-a-database', '^src/scanner/', CORE, SQL, '^src/rules/', '^src/scanner/'),
    only('ai-reaches-no-database-and-no-store', '^src/ai/', CORE, '^src/ai/'),
    only('store-knows-only-core', '^src/store/', CORE, '^src/store/'),
    only('stages-meet-only-in-core', '^src/pipeline/([^/]+)/', CORE, SQL, '^src/pipeline/$1/'),
    only('only-run-joins-the-stages', '^src/pipeline/[^/]+\\.ts$', CORE, SQL, '^src/pipeline/'),
    only('recovery-and-monitor-see-only-core', '^src/(recovery|monitor)/', CORE, SQL, '^src/$1/'),
    only('assistant-reads-knowledge', '^src/assistant/', CORE, SQL, '^src/(knowledge|ai|assistant)/'),
    only('lab-opens-on-app', '^src/lab/', CORE, '^src/app/', '^src/lab/'),
    only('guard-sees-errors', '^guard/', CORE, SQL, '^src/recovery/', '^guard/'),
    only('server-opens-on-app', '^src/server/', CORE, '^src/app/', '^src/server/'),
    only('cli-opens-on-app', '^src/cli/', CORE, '^src/(app|lab|server|cli)/'),
    {
      name: 'app-knows-no-door',
      severity: 'error',
      from: { path: '^src/app/', pathNot: TEST },
      to: { path: '^(src/(server|cli|lab)|web|guard|bench|test)/' },
    },
    only(
      'panel-sees-only-the-api-types',
      '^web/',
      '^web/',
      '^src/server/api-types\\.ts$',
      '^src/core/visible-text\\.ts$',
      '^src/access/passphrase\\.ts$',
    ),
    {
      name: 'panel-sees-them-as-types',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^src/server/api-types\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'drivers-only-in-engines-and-store',
      severity: 'error',
      from: { path: '^(src|web|guard)/', pathNot: [TEST, '^src/(engines|store|lab)/'] },
      to: { path: DRIVERS },
    },
    {
      name: 'only-execute-sees-the-actuator',
      severity: 'error',
      from: {
        path: '^(src|web|guard)/',
        pathNot: [
          TEST,
          CORE,
          '^src/engines/[^/]+/act(/|\\.ts$)',
          '^src/engines/[^/]+/index\\.ts$',
          '^src/pipeline/execute/',
          '^src/app/',
        ],
      },
      to: { path: '^src/core/actuator\\.ts$' },
    },
    {
      name: 'only-reviewed-code-starts-programs',
      comment: 'a program started is a way around every other rule here',
      severity: 'error',
      from: { path: '^(src|web|guard)/', pathNot: [TEST, '^src/(lab|cli|app)/', '^src/engines/[^/]+/act'] },
      to: { path: '^(node:)?child_process$' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^((web|guard)/)?(coverage|dist)/|^test/fixtures/' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.mts', '.js', '.mjs', '.cjs', '.json'],
      // Some packages have no main file beside what they export.
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
}
