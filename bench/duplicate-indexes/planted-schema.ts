/**
 * A schema with planted indexes: some of which another index makes superfluous, some that only look so. What may go is
 * known by construction, from the rules of the servers' manuals, not from either tool.
 */
import { seededRandom } from '../../src/core/random.ts'
import type { ServerFlavour } from '../../src/lab/servers/index.ts'

/** A table and the truth about its indexes. */
export interface PlantedTable {
  readonly name: string
  readonly kind: string
  readonly ddl: string
  /** Of each group exactly one index is superfluous: naming one is right, naming none misses it, naming more is wrong. */
  readonly groups: readonly (readonly string[])[]
  /** Indexes about which either answer can be defended; they do not count. */
  readonly open: readonly string[]
}

/** What a kind is given: columns in a drawn order and the indexes' drawn names. */
interface Names {
  readonly a: string
  readonly b: string
  readonly c: string
  /** A VARCHAR column. */
  readonly s: string
  /** Four index names in a drawn order, so that nothing follows from the alphabet. */
  readonly k: readonly [string, string, string, string]
}

interface Kind {
  readonly name: string
  /** Why the truth is what it is. */
  readonly why: string
  readonly only?: ServerFlavour
  indexes(names: Names): {
    readonly clauses: readonly string[]
    readonly primary?: readonly string[]
    readonly groups?: readonly (readonly string[])[]
    readonly open?: readonly string[]
  }
}

const FOREIGN = (column: string): string => `FOREIGN KEY (${column}) REFERENCES parents (id)`

/** The kinds, in the order they are dealt out. */
export const KINDS: readonly Kind[] = [
  {
    name: 'twins',
    why: 'two ordinary indexes on the same columns: either may go',
    indexes: ({ a, b, k }) => ({
      clauses: [`KEY ${k[0]} (${a}, ${b})`, `KEY ${k[1]} (${a}, ${b})`, `KEY ${k[2]} (${b})`],
      groups: [[k[0], k[1]]],
    }),
  },
  {
    name: 'left prefix',
    why: 'the longer index serves every lookup of the shorter',
    indexes: ({ a, b, c, k }) => ({
      clauses: [`KEY ${k[0]} (${a})`, `KEY ${k[1]} (${a}, ${b})`, `KEY ${k[2]} (${c})`],
      groups: [[k[0]]],
    }),
  },
  {
    name: 'left prefix of a unique index',
    why: 'the unique index stays for its rule and serves the lookups too',
    indexes: ({ a, b, k }) => ({
      clauses: [`KEY ${k[0]} (${a})`, `UNIQUE KEY ${k[1]} (${a}, ${b})`],
      groups: [[k[0]]],
    }),
  },
  {
    name: 'twin of a unique index',
    why: 'the ordinary one may go, the unique one is a rule',
    indexes: ({ a, k }) => ({
      clauses: [`KEY ${k[0]} (${a})`, `UNIQUE KEY ${k[1]} (${a})`],
      groups: [[k[0]]],
    }),
  },
  {
    name: 'two unique indexes on the same columns',
    why: 'one states the rule, the other states it again',
    indexes: ({ a, b, k }) => ({
      clauses: [`UNIQUE KEY ${k[0]} (${a}, ${b})`, `UNIQUE KEY ${k[1]} (${a}, ${b})`],
      groups: [[k[0], k[1]]],
    }),
  },
  {
    name: 'left prefix of the primary key',
    why: 'the clustered index serves the lookups',
    indexes: ({ a, b, k }) => ({
      clauses: [`KEY ${k[0]} (id)`, `KEY ${k[1]} (${b})`],
      primary: ['id', a],
      groups: [[k[0]]],
    }),
  },
  {
    name: 'foreign key with a second index that serves it',
    why: 'the server lets the shorter one go, because the longer one leads with the column',
    indexes: ({ a, b, k }) => ({
      clauses: [`KEY ${k[0]} (${a})`, `KEY ${k[1]} (${a}, ${b})`, FOREIGN(a)],
      groups: [[k[0]]],
    }),
  },
  {
    name: 'three in a row',
    why: 'the longest serves both shorter ones',
    indexes: ({ a, b, c, k }) => ({
      clauses: [`KEY ${k[0]} (${a})`, `KEY ${k[1]} (${a}, ${b})`, `KEY ${k[2]} (${a}, ${b}, ${c})`],
      groups: [[k[0]], [k[1]]],
    }),
  },
  {
    name: 'unique index that leads a longer one',
    why: 'the rule goes with the index: it must be kept',
    indexes: ({ a, b, k }) => ({
      clauses: [`UNIQUE KEY ${k[0]} (${a})`, `KEY ${k[1]} (${a}, ${b})`],
      open: [k[1]],
    }),
  },
  {
    name: 'unique index that leads a longer unique one',
    why: 'the shorter is the stronger rule: it must be kept; the longer may serve reads alone',
    indexes: ({ a, b, k }) => ({
      clauses: [`UNIQUE KEY ${k[0]} (${a})`, `UNIQUE KEY ${k[1]} (${a}, ${b})`],
      open: [k[1]],
    }),
  },
  {
    name: 'foreign key with one index',
    why: 'the other index does not lead with the column: the server refuses to drop the first',
    indexes: ({ a, b, k }) => ({ clauses: [`KEY ${k[0]} (${a})`, `KEY ${k[1]} (${b}, ${a})`, FOREIGN(a)] }),
  },
  {
    name: 'same columns in another order',
    why: 'each serves lookups the other cannot',
    indexes: ({ a, b, k }) => ({ clauses: [`KEY ${k[0]} (${a}, ${b})`, `KEY ${k[1]} (${b}, ${a})`] }),
  },
  {
    name: 'prefix length beside a whole column',
    why: 'ORDER BY and covering reads need the whole one; the short one may go',
    indexes: ({ s, k }) => ({ clauses: [`KEY ${k[0]} (${s}(10))`, `KEY ${k[1]} (${s})`], open: [k[0]] }),
  },
  {
    name: 'prefix length that leads a longer index',
    why: 'the longer one holds ten characters only: the whole one must be kept',
    indexes: ({ s, a, k }) => ({ clauses: [`KEY ${k[0]} (${s})`, `KEY ${k[1]} (${s}(10), ${a})`] }),
  },
  {
    name: 'full-text index beside an ordinary one',
    why: 'they serve different operators',
    indexes: ({ s, k }) => ({ clauses: [`KEY ${k[0]} (${s})`, `FULLTEXT KEY ${k[1]} (${s})`] }),
  },
  {
    name: 'longer index the optimizer must not use',
    why: 'a hidden index serves nothing: the shorter one is all there is',
    only: 'mysql',
    indexes: ({ a, b, k }) => ({ clauses: [`KEY ${k[0]} (${a})`, `KEY ${k[1]} (${a}, ${b}) INVISIBLE`] }),
  },
  {
    name: 'longer index the optimizer must not use',
    why: 'an ignored index serves nothing: the shorter one is all there is',
    only: 'mariadb',
    indexes: ({ a, b, k }) => ({ clauses: [`KEY ${k[0]} (${a})`, `KEY ${k[1]} (${a}, ${b}) IGNORED`] }),
  },
  {
    name: 'secondary index that ends with the primary key',
    why: 'the server appends it anyway; whether it is written out changes nothing, and it may not simply be dropped',
    indexes: ({ a, k }) => ({ clauses: [`KEY ${k[0]} (${a}, id)`] }),
  },
  {
    name: 'nothing superfluous',
    why: 'different first columns',
    indexes: ({ a, b, c, k }) => ({
      clauses: [`KEY ${k[0]} (${a}, ${c})`, `KEY ${k[1]} (${b})`, `KEY ${k[2]} (${c})`],
    }),
  },
]

/** The table foreign keys point at; it comes first. */
export const PARENTS = 'CREATE TABLE parents (id INT PRIMARY KEY) ENGINE=InnoDB'

/** `count` tables with the kinds of the flavour dealt out in turn; names and orders are drawn from `seed`. */
export function plantedSchema(flavour: ServerFlavour, count: number, seed: number): readonly PlantedTable[] {
  const random = seededRandom(seed)
  const kinds = KINDS.filter((kind) => kind.only === undefined || kind.only === flavour)
  return Array.from({ length: count }, (_, i) => {
    const kind = kinds[i % kinds.length] as Kind
    return planted(`t_${String(i).padStart(4, '0')}`, kind, namesFrom(random))
  })
}

function planted(name: string, kind: Kind, names: Names): PlantedTable {
  const { clauses, primary = ['id'], groups = [], open = [] } = kind.indexes(names)
  const columns = [
    'id INT NOT NULL',
    ...[names.a, names.b, names.c].map((column) => `${column} INT NOT NULL`),
    `${names.s} VARCHAR(60) NOT NULL`,
  ]
  const parts = [...columns, `PRIMARY KEY (${primary.join(', ')})`, ...clauses]
  const ddl = `CREATE TABLE ${name} (${parts.join(', ')}) ENGINE=InnoDB`
  return { name, kind: kind.name, ddl, groups, open }
}

const COLUMNS = ['account', 'bucket', 'city', 'day', 'entry', 'flag'] as const
const INDEXES = ['by_alpha', 'by_beta', 'by_gamma', 'by_delta'] as const

function namesFrom(random: () => number): Names {
  const [a = 'a', b = 'b', c = 'c'] = shuffled(COLUMNS, random)
  const [k0 = 'k0', k1 = 'k1', k2 = 'k2', k3 = 'k3'] = shuffled(INDEXES, random)
  return { a, b, c, s: 'note', k: [k0, k1, k2, k3] }
}

const shuffled = <T>(values: readonly T[], random: () => number): readonly T[] =>
  values
    .map((value) => ({ value, at: random() }))
    .sort((x, y) => x.at - y.at)
    .map(({ value }) => value)
