import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { readMigrationFolder } from './migration-folder.ts'
import { readMigration } from './read-migration.ts'

const ADDING: readonly (readonly [text: string, creates: readonly string[], adds: readonly unknown[]])[] = [
  ["CREATE TABLE a (id INT, note TEXT DEFAULT ';') ENGINE=InnoDB", ['a'], []],
  ["create table if not exists `a b` (id int) comment 'drop table x'", ['a b'], []],
  ['CREATE UNIQUE INDEX i ON a (id)', [], [{ table: 'a', column: null }]],
  [
    'ALTER TABLE a ADD COLUMN b DECIMAL(9,2), ADD c INT AFTER b, ADD INDEX i (b), ADD CONSTRAINT f UNIQUE KEY u (c), ALGORITHM=INPLACE, LOCK=NONE',
    [],
    [
      { table: 'a', column: 'b' },
      { table: 'a', column: 'c' },
      { table: 'a', column: null },
      { table: 'a', column: null },
    ],
  ],
  [
    "CREATE TABLE a (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, n VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT 'x' COMMENT 'n', p DECIMAL(9,2) DEFAULT -1.5, at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3), v INT GENERATED ALWAYS AS (p * 2) VIRTUAL, PRIMARY KEY (id), UNIQUE n (n), KEY k USING BTREE (at, p DESC) COMMENT 'k', CONSTRAINT c CHECK (p > 0)) ENGINE = InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4, COLLATE utf8mb4_bin ROW_FORMAT=DYNAMIC COMMENT='a'",
    ['a'],
    [],
  ],
  ["CREATE INDEX i USING BTREE ON a (id) COMMENT 'i' USING BTREE", [], [{ table: 'a', column: null }]],
]

const REFUSED = [
  'DROP TABLE a',
  'ALTER TABLE a DROP COLUMN b',
  'ALTER TABLE a ADD b INT, DROP COLUMN c',
  'ALTER TABLE a MODIFY b INT',
  'ALTER TABLE a RENAME TO b',
  'ALTER TABLE a ADD (b INT, c INT)',
  'CREATE OR REPLACE TABLE a (id INT)',
  'CREATE TEMPORARY TABLE a (id INT)',
  'CREATE TABLE a LIKE b',
  'CREATE TABLE a (id INT) AS SELECT 1',
  'CREATE TABLE a (id INT) SELECT id FROM b',
  'CREATE TABLE a (id INT) ENGINE=MyISAM',
  "CREATE TABLE a (id INT) DATA DIRECTORY='/tmp'",
  "CREATE TABLE a (id INT) ENGINE InnoDB CONNECTION='x'",
  'CREATE TABLE other.a (id INT)',
  'CREATE TABLE `other`.`a` (id INT)',
  'CREATE TABLE a (id INT REFERENCES other.b (id))',
  'CREATE VIEW v AS SELECT 1',
  'CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET @x = 1',
  'CREATE USER u',
  'INSERT INTO a VALUES (1)',
  'USE other',
  'SET GLOBAL x = 1',
  'GRANT ALL ON *.* TO u',
  'CREATE TABLE a (id INT) /*!50100 ENGINE=MyISAM */',
  'CREATE TABLE a (id INT) /*M!100000 , x INT */',
  'ALTER TABLE a /*!80000 DROP COLUMN c, */ ADD b INT',
  'CREATE TABLE a (id INT) /*!80000 ENGINE=MyISAM */',
  'CREATE TABLE a (id INT) /*!99999 ENGINE=MyISAM */',
  'CREATE TABLE a (id INT) /*m!999999 , x INT */',
  'CREATE TABLE a (id INT);\n/*!80000 DROP TABLE b */;',
  '/*!80000 DROP TABLE b */',
  'CREATE TABLE a (id INT); /*+ x */',
  'ALTER TABLE a ADD b INT REMOVE PARTITIONING',
  'ALTER TABLE a ADD INDEX i (b) REMOVE PARTITIONING',
  'ALTER TABLE a ADD b INT, REMOVE PARTITIONING',
  'ALTER TABLE a WAIT 9 ADD b INT',
  'ALTER TABLE a ADD b INT, ENGINE=MyISAM',
  'ALTER TABLE a ADD b INT, ALGORITHM=INPLACE ENGINE=MyISAM',
  'ALTER TABLE a ADD b INT, ALGORITHM=COPY',
  'ALTER TABLE a ADD b INT, LOCK=EXCLUSIVE',
  'ALTER TABLE a ADD b INT, LOCK=SHARED',
  'ALTER TABLE a ADD b INT, ALGORITHM=INPLACE LOCK=EXCLUSIVE',
  'ALTER TABLE a LOCK=NONE',
  'ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (c) REFERENCES d (id)',
  'ALTER TABLE a ADD c INT REFERENCES d (id)',
  'CREATE TABLE a (id INT, FOREIGN KEY (id) REFERENCES b (id))',
  'CREATE TABLE a (id INT) ENGINE=InnoDB ENGINE=MyISAM',
  "CREATE TABLE a (id INT) ENGINE='MyISAM'",
  'CREATE TABLE a (id INT) ENGINE=InnoDB ENGINE=InnoDB',
  'CREATE TABLE a (id INT) TABLE b',
  'CREATE TABLE a (id INT) (TABLE b)',
  'CREATE TABLE a (TABLE b)',
  'CREATE TABLE a (TABLE text)',
  'CREATE TABLE a (LIKE b)',
  'CREATE TABLE a (id INT) SEQUENCE=1',
  'CREATE TABLE a (id INT) START TRANSACTION',
  'CREATE TABLE a (id INT) UNION=(b, c)',
  'CREATE TABLE a (id INT) TABLESPACE t',
  'CREATE TABLE a (id INT)) ENGINE=InnoDB (',
  'CREATE INDEX i ON a (id) WAIT 9',
  'CREATE INDEX i ON a (id) NOWAIT',
  'CREATE INDEX i ON a (id) ALGORITHM=COPY',
  'CREATE INDEX i ON a (id) LOCK=EXCLUSIVE',
  "CREATE TABLE a (id INT) COMMENT 'open",
  'DELIMITER //\nCREATE TABLE a (id INT)//',
  '',
  '-- nothing',
]

describe('a migration file', () => {
  for (const [text, creates, adds] of ADDING)
    test(`adds: ${text.slice(0, 60)}`, () =>
      assert.deepEqual(readMigration(text), { statements: [text], creates, adds, problem: null }))

  for (const text of REFUSED)
    test(`is not applied here: ${text.slice(0, 60).replaceAll('\n', ' ')}`, () =>
      assert.notEqual(readMigration(text).problem, null))

  test('with a foreign key is not applied here, and says what it made where it is on record', () => {
    const { creates, adds, problem } = readMigration(
      'CREATE TABLE a (id INT, b INT, CONSTRAINT f FOREIGN KEY (b) REFERENCES b (id) ON DELETE CASCADE ON UPDATE SET NULL);' +
        'ALTER TABLE a ADD c INT REFERENCES d (id) ON DELETE NO ACTION',
    )
    assert.deepEqual([creates, adds], [['a'], [{ table: 'a', column: 'c' }]])
    assert.match(problem ?? '', /^statement 1: it has a foreign key: .*REFERENCES/)
  })

  test('gives its statements byte for byte, without what stands between them', () => {
    const [first, second] = [
      "CREATE TABLE a (\n  id INT, -- one; two\n  n TEXT DEFAULT 'é;'\n)",
      'CREATE INDEX i ON a (n)',
    ]
    assert.deepEqual(readMigration(`-- the first\n${first} ;\n\n# and\n${second};\n`).statements, [
      first,
      second,
    ])
  })

  test('never throws, and takes nothing that holds a word of taking away', () => {
    const piece = fc.constantFrom(
      'CREATE',
      'TABLE',
      'a',
      '(',
      ')',
      'id INT',
      ';',
      ',',
      "'",
      '`',
      '/*',
      '*/',
      '--',
      'ADD',
      'ALTER',
      'DROP',
      'SELECT',
      '.',
      ' ',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        const text = pieces.join(' ')
        const { problem, statements } = readMigration(text)
        for (const each of statements) assert.ok(text.includes(each))
        // Outside quotes and comments neither word may be in a file that is applied.
        if (problem === null && !/['`]|--|\/\*/.test(text)) assert.doesNotMatch(text, /\b(?:DROP|SELECT)\b/)
      }),
      { numRuns: 500 },
    )
  })
})

describe('the folder of migrations', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dbmedic-migrations-'))
  test('is read in the order of names, with digests, without what takes back', () => {
    try {
      assert.deepEqual(readMigrationFolder(folder), { files: [] })
      for (const name of ['0010_b.sql', '0002_a.sql', '0002_a.down.sql', 'README.md'])
        writeFileSync(join(folder, name), 'abc')
      const read = readMigrationFolder(folder)
      assert.ok('files' in read)
      assert.deepEqual(
        read.files.map(({ name }) => name),
        ['0002_a.sql', '0010_b.sql'],
      )
      assert.equal(
        read.files[0]?.checksum,
        'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      )
      const because = (): string => {
        const found = readMigrationFolder(folder)
        return 'because' in found ? found.because : assert.fail('it was read')
      }
      symlinkSync('/etc/hostname', join(folder, '0011.sql'))
      assert.match(because(), /no plain file/)
      rmSync(join(folder, '0011.sql'))
      writeFileSync(join(folder, "0012'x.sql"), '')
      assert.match(because(), /a name with other than/)
      rmSync(join(folder, "0012'x.sql"))
      writeFileSync(join(folder, '0013.sql'), Buffer.from([0xff, 0xfe]))
      assert.match(because(), /not UTF-8/)
      writeFileSync(join(folder, '0013.sql'), 'x'.repeat(262_145))
      assert.match(because(), /beyond the bytes/)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
    const gone = readMigrationFolder(folder)
    assert.ok('because' in gone && /ENOENT/.test(gone.because))
  })
})
