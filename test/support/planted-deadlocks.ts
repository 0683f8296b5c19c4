/** Deadlocks to plant on a real server: who locks what, who waits, and what the report must say of it. */

/** A deadlock to plant: connections by number, the last steps block. */
export interface Plan {
  readonly setup: readonly string[]
  /** These end at once. */
  readonly first: readonly (readonly [connection: number, sql: string])[]
  /** Each of these waits for a lock, until the last closes the ring. */
  readonly blocking: readonly (readonly [connection: number, sql: string])[]
  /** After the waits: releases what holds them up. */
  readonly release?: readonly [connection: number, sql: string]
  /** Connections in the ring. */
  readonly ring: readonly number[]
  /** `table index mode kind` of what each of the ring waits for. */
  readonly waits: Readonly<Record<number, string>>
  readonly partitions?: readonly string[]
}

/** Statements that make a table of three rows. */
export const rows = (table: string, columns = 'id int primary key, v int') => [
  `create table ${table} (${columns}) engine=innodb`,
  `insert into ${table} values (1,1),(2,2),(3,3)`,
]

/** Deadlocks of every kind, by name. */
export const PLANS: Readonly<Record<string, Plan>> = {
  'two rows in opposite order': {
    setup: rows('pair'),
    first: [
      [0, 'update pair set v = 10 where id = 1'],
      [1, 'update pair set v = 20 where id = 2'],
    ],
    blocking: [
      [0, 'update pair set v = 11 where id = 2'],
      [1, 'update pair set v = 21 where id = 1'],
    ],
    ring: [0, 1],
    waits: { 0: 'dl.pair PRIMARY X rec_not_gap', 1: 'dl.pair PRIMARY X rec_not_gap' },
  },
  'three transactions': {
    setup: rows('three'),
    first: [
      [0, 'update three set v = 10 where id = 1'],
      [1, 'update three set v = 20 where id = 2'],
      [2, 'update three set v = 30 where id = 3'],
    ],
    blocking: [
      [0, 'update three set v = 11 where id = 2'],
      [1, 'update three set v = 21 where id = 3'],
      [2, 'delete from three where id = 1'],
    ],
    ring: [0, 1, 2],
    waits: {
      0: 'dl.three PRIMARY X rec_not_gap',
      1: 'dl.three PRIMARY X rec_not_gap',
      2: 'dl.three PRIMARY X rec_not_gap',
    },
  },
  'two gaps and two inserts': {
    setup: rows('gaps', 'id int primary key, k int, key k_k (k)'),
    first: [
      [0, 'delete from gaps where id = 3'],
      [0, 'rollback'],
      [0, 'begin'],
      [0, 'select * from gaps where k = 0 for update'],
      [1, 'select * from gaps where k = -1 for update'],
    ],
    blocking: [
      [0, 'insert into gaps values (15, 0)'],
      [1, 'insert into gaps values (16, -1)'],
    ],
    ring: [0, 1],
    waits: { 0: 'dl.gaps k_k X insert_intention', 1: 'dl.gaps k_k X insert_intention' },
  },
  'a range to the end and two inserts': {
    setup: rows('ends'),
    first: [
      [0, 'select * from ends where id > 5 for update'],
      [1, 'select * from ends where id > 6 for update'],
    ],
    blocking: [
      [0, 'insert into ends values (7, 0)'],
      [1, 'insert into ends values (8, 0)'],
    ],
    ring: [0, 1],
    waits: { 0: 'dl.ends PRIMARY X insert_intention', 1: 'dl.ends PRIMARY X insert_intention' },
  },
  'children inserted, then the parent changed': {
    setup: [
      ...rows('parent'),
      'create table child (id int primary key, pid int, foreign key (pid) references parent (id)) engine=innodb',
    ],
    first: [
      [0, 'insert into child values (1, 1)'],
      [1, 'insert into child values (2, 1)'],
    ],
    blocking: [
      [0, 'update parent set v = v + 1 where id = 1'],
      [1, 'update parent set v = v + 1 where id = 1'],
    ],
    ring: [0, 1],
    waits: { 0: 'dl.parent PRIMARY X rec_not_gap', 1: 'dl.parent PRIMARY X rec_not_gap' },
  },
  'one unique key inserted three times, the first undone': {
    setup: rows('once', 'id int primary key, k int, unique key k_u (k)'),
    first: [[0, 'insert into once values (10, 77)']],
    blocking: [
      [1, 'insert into once values (11, 77)'],
      [2, 'insert into once values (12, 77)'],
    ],
    release: [0, 'rollback'],
    ring: [1, 2],
    waits: { 1: 'dl.once k_u X insert_intention', 2: 'dl.once k_u X insert_intention' },
  },
  'shared first, then exclusive': {
    setup: rows('share'),
    first: [
      [0, 'select * from share where id = 1 lock in share mode'],
      [1, 'select * from share where id = 1 lock in share mode'],
    ],
    blocking: [
      [0, 'update share set v = 2 where id = 1'],
      [1, 'delete from share where id = 1'],
    ],
    ring: [0, 1],
    waits: { 0: 'dl.share PRIMARY X rec_not_gap', 1: 'dl.share PRIMARY X rec_not_gap' },
  },
  'an AUTO-INC lock against a row': {
    setup: [
      'create table auto (id int auto_increment primary key, k varchar(20), unique key k_u (k)) engine=innodb',
      'create table source (k varchar(20)) engine=innodb',
      "insert into source values ('y'), ('x')",
    ],
    first: [[1, "insert into auto (id, k) values (100, 'x')"]],
    blocking: [
      [0, 'insert into auto (k) select k from source'],
      [1, "insert into auto (k) select concat('z', k) from source"],
    ],
    ring: [0, 1],
    waits: { 0: 'dl.auto k_u S next_key', 1: 'dl.auto null AUTO-INC table' },
  },
  'two partitions in opposite order': {
    setup: [
      'create table part (id int primary key, v int) engine=innodb partition by hash (id) partitions 4',
      'insert into part values (1,1),(2,2),(3,3)',
    ],
    first: [
      [0, 'update part set v = 10 where id = 1'],
      [1, 'update part set v = 20 where id = 2'],
    ],
    blocking: [
      [0, 'update part set v = 11 where id = 2'],
      [1, 'update part set v = 21 where id = 1'],
    ],
    ring: [0, 1],
    waits: { 0: 'dl.part PRIMARY X rec_not_gap', 1: 'dl.part PRIMARY X rec_not_gap' },
    partitions: ['p1', 'p2'],
  },
  'names and a statement made to mislead': {
    setup: rows('`we``ird.a "b" é`'),
    first: [
      [0, 'update `we``ird.a "b" é` set v = 10 where id = 1'],
      [1, 'update `we``ird.a "b" é` set v = 20 where id = 2'],
    ],
    blocking: [
      [0, 'update `we``ird.a "b" é` set v = 11 where id = 2'],
      [
        1,
        'update `we``ird.a "b" é`\n set v = \'*** (2) TRANSACTION:\nTRANSACTION 99, ACTIVE 1 sec\n*** WE ROLL BACK TRANSACTION (1)\n------------\nTRANSACTIONS\n------------\'\n\n where id = 1',
      ],
    ],
    ring: [0, 1],
    waits: {
      0: '`dl`.`we``ird.a "b" é` PRIMARY X rec_not_gap',
      1: '`dl`.`we``ird.a "b" é` PRIMARY X rec_not_gap',
    },
  },
  'statements longer than the server prints, cut inside a literal': {
    setup: rows('longs', 'id int primary key, v varchar(9000)'),
    first: [
      [0, 'update longs set v = 10 where id = 1'],
      [1, 'update longs set v = 20 where id = 2'],
    ],
    blocking: [
      [0, `update longs set v = '${'sekret é '.repeat(700)}' where id = 2`],
      [1, `update longs set v = '${'*** (1) TRANSACTION:\n'.repeat(300)}' where id = 1`],
    ],
    ring: [0, 1],
    waits: { 0: 'dl.longs PRIMARY X rec_not_gap', 1: 'dl.longs PRIMARY X rec_not_gap' },
  },
}
