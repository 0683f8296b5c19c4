import { ruleCases } from '../../test/support/rule-cases.ts'

const ORDERS =
  'CREATE TABLE orders (id int PRIMARY KEY, user_id int, total int);\nCREATE TABLE users (id int PRIMARY KEY);\n'

/** Two migrations, of which the first makes tables. */
const after = (text: string, first = ORDERS) => ({ 'migrations/001.sql': first, 'migrations/002.sql': text })

ruleCases('DDL_HAZARD', [
  {
    claim: 'an index that is built while nobody may write is found on PostgreSQL',
    driver: 'pg',
    code: after(
      'CREATE INDEX orders_user ON orders (user_id);\nCREATE UNIQUE INDEX ON "public"."orders" (total);\n',
    ),
    lines: [1, 2],
    says: /^high: nobody writes to orders while the index is built\. CREATE INDEX holds a SHARE lock.*CONCURRENTLY/,
  },
  {
    claim: 'what is written again, read through or checked under a lock of PostgreSQL is found',
    driver: 'pg',
    code: after(
      'ALTER TABLE orders ALTER COLUMN total TYPE bigint;\nALTER TABLE ONLY orders ALTER user_id SET NOT NULL;\nALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users (id);\nALTER TABLE orders ADD CONSTRAINT positive CHECK (total > 0);\nALTER TABLE orders ADD UNIQUE (total);\nALTER TABLE orders ADD COLUMN key uuid DEFAULT gen_random_uuid();\n',
    ),
    lines: [1, 2, 3, 4, 5, 6],
    says: /nobody reads or writes orders while every row is written again/,
  },
  {
    claim: 'what MySQL copies, or builds without writes, is found',
    driver: 'mysql2',
    code: after(
      'ALTER TABLE orders CONVERT TO CHARACTER SET utf8mb4;\nALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users (id);\nCREATE FULLTEXT INDEX words ON orders (note);\nALTER TABLE orders DROP PRIMARY KEY;\nALTER TABLE orders ADD COLUMN twice INT AS (total * 2) STORED;\n',
    ),
    lines: [1, 2, 3, 4, 5],
    says: /nobody writes to orders while it is copied/,
  },
  {
    claim: 'in a migration written in JavaScript, too',
    driver: 'pg',
    code: {
      'migrations/001.sql': ORDERS,
      'migrations/002.js':
        "import pg from 'pg'\nexport const up = (client) =>\n  client.query('CREATE INDEX orders_user ON orders (user_id)')\n",
    },
    lines: [3],
  },
  {
    claim: 'the forms that let others write are left alone',
    driver: 'pg',
    code: after(
      "CREATE INDEX CONCURRENTLY orders_user ON orders (user_id);\nALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;\nALTER TABLE orders ADD CONSTRAINT key UNIQUE USING INDEX orders_total;\nALTER TABLE orders ADD COLUMN note text NOT NULL DEFAULT 'check (x) default random()';\nALTER TABLE orders ADD COLUMN at timestamptz DEFAULT now(); -- CREATE INDEX\nALTER TABLE orders ALTER COLUMN total TYPE text;\n",
    ),
    lines: [],
  },
  {
    claim: 'a check that comes first spares the scan of SET NOT NULL',
    driver: 'pg',
    code: {
      'migrations/001.sql': ORDERS,
      'migrations/002.js':
        "import pg from 'pg'\nexport const up = (client) => client.query('ALTER TABLE orders ADD CONSTRAINT c CHECK (user_id IS NOT NULL) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT c; ALTER TABLE orders ALTER user_id SET NOT NULL')\n",
    },
    lines: [],
  },
  {
    claim: 'what MySQL does in place, and what says how it is to be done, is left alone',
    driver: 'mysql2',
    code: after(
      'CREATE INDEX orders_user ON orders (user_id);\nALTER TABLE orders ADD COLUMN note TEXT, ADD INDEX total (total);\nALTER TABLE orders DROP PRIMARY KEY, ADD PRIMARY KEY (id, user_id);\nALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (id), ALGORITHM=INPLACE, LOCK=NONE;\n',
    ),
    lines: [],
  },
  {
    claim: 'tables that the same migration makes are empty, and migrations before the last have run',
    driver: 'pg',
    code: {
      'migrations/001.sql': ORDERS,
      'migrations/002.sql': 'CREATE INDEX orders_user ON orders (user_id);\n',
      'migrations/003.sql': 'CREATE TABLE lines (id int, n int);\nCREATE INDEX lines_n ON lines (n);\n',
    },
    lines: [],
  },
  {
    claim: 'tables that are short by their names, or made nowhere in sight, may hold little',
    driver: 'pg',
    code: after(
      'CREATE INDEX roles_name ON roles (name);\nCREATE INDEX logs_at ON logs (at);\n',
      'CREATE TABLE roles (id int, name text);\n',
    ),
    lines: [],
  },
  {
    claim: 'SQLite’s databases, and MariaDB, whose copies let others write since 11.2, are left alone',
    driver: 'mariadb',
    code: after('ALTER TABLE orders CONVERT TO CHARACTER SET utf8mb4;\n'),
    lines: [],
  },
])
