/** The migrations give the schema that is described, its rules are all in use, and its lifecycle is core's. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ISSUE_STATES, isLegalTransition, TRANSITIONS } from '../../src/core/lifecycle.ts'
import { rollback, up } from '../../src/store/migrate.ts'
import { migrations } from '../../src/store/migrations/list.ts'
import { suppliableColumns } from '../../src/store/schema/access.ts'
import { ISSUE_EVIDENCE } from '../../src/store/schema/conditions-decide.ts'
import { downStatements, upStatements } from '../../src/store/schema/generate.ts'
import { generatedFiles } from '../../src/store/schema/generated-files.ts'
import {
  replaceAfterTriggers,
  replaceTriggers,
  triggersNamed,
} from '../../src/store/schema/replace-triggers.ts'
import { RULES, ruleOf } from '../../src/store/schema/rules.ts'
import { TABLES } from '../../src/store/schema/tables.ts'
import { catalog } from './support/catalog.ts'
import { Scene } from './support/scene.ts'
import { availableStores, type OpenSession, startStore } from './support/stores.ts'

const root = new URL('../../', import.meta.url)

for (const { path, text } of generatedFiles()) {
  test(`${path} is what the schema generates`, () => {
    assert.equal(readFileSync(new URL(path, root), 'utf8'), text, 'run: node src/store/schema/write.ts')
  })
}

const sha = (text: Buffer): string => createHash('sha256').update(text).digest('hex')

/** SHA-256 of each released migration: stores out there remember the text of its up file. */
const RELEASED: Readonly<Record<string, string>> = {
  '0001-pipeline.mysql.down.sql': '88f8a2e328c5146695630ecd0eb326626a689232683266bc7fe1d99160a7aea6',
  '0001-pipeline.mysql.up.sql': 'b3d84670bbc5f8c3c47b2d221b522b23cd6ef2d16c1a2b123f518b655a035dde',
  '0001-pipeline.sqlite.down.sql': 'e90e111a6fa469e2eca098f5e6abb49ebe6fc0ce519489196cbe06854e67c0c1',
  '0001-pipeline.sqlite.up.sql': '76c0b99466b594745af0c26caed6aad8de114e8ae030eaffc23adb3d88867166',
  '0002-one-run-a-target.mysql.down.sql': '148a3c4466e925bd9d85e106e77adabd8a0b4f3c4d11192cf1f58574d35bdb31',
  '0002-one-run-a-target.mysql.up.sql': 'c66815e1f8561cbb2f04ef76c8cdb73e9d79906739720d98e8aab8af702684d0',
  '0002-one-run-a-target.sqlite.down.sql': '467dc9e5d2e134786649038976cc46240d2f06ea8d8341a0b4dbea367987030c',
  '0002-one-run-a-target.sqlite.up.sql': '847425b8072695b5f21822d8a63afcf2efb7533280982f56c1dfd59341b87f2c',
  '0003-retention.mysql.down.sql': 'e3d6d09e4d7852a9c15b865de787c8be9f45e936846734d136e3849f0e23b1bf',
  '0003-retention.mysql.up.sql': '66e9b7e1fb2f45cc9efe6d0c9bc8a96db63c611a63bb4132cd19412cf0d5cc3b',
  '0003-retention.sqlite.down.sql': '6d58db361c1d60b37b00b78605813c074d3cb20d28922fa1f8cc91d2da8e6af9',
  '0003-retention.sqlite.up.sql': '9a98bf1b312c1423d782614941bc20e88342cd78d5e00b18343620d4a094949c',
  '0004-rights.mysql.down.sql': '96527b8e15bda71274edd4f964f0f45955cebafb8f0ae297980ae5af2eb3040b',
  '0004-rights.mysql.up.sql': 'f76964fb6964aad58ac7c69b8c75293e32a8007710bed455cdbcdf1ad204e230',
  '0004-rights.sqlite.down.sql': 'f23dd99a9c33f70bd65a0f913777e7090ddc36c21cf2a065388a1a7bbda4bf33',
  '0004-rights.sqlite.up.sql': '3d80ef3bccd85bd42728ab12a5d3343e8a8358c46d3bbf6157ad211f3ecb14e6',
  '0005-registrations.mysql.down.sql': 'f47195d1e95af4ea6c9e2371eef6bcec9c16c7774a17031af9d7a45cdaa32176',
  '0005-registrations.mysql.up.sql': 'd9ae9c86ccf23c859046271fcfe8328995800001deca87ea7ac9604c3368fe6a',
  '0005-registrations.sqlite.down.sql': '495284e5fcb68d6ae579e21a393a028cb7f05c0939a8ea0675886656d5039348',
  '0005-registrations.sqlite.up.sql': 'b3a0974ef029b58632d5b0e4f42c768ad097df6e80b8e75730e71c0de634b599',
  '0006-sign-in.mysql.down.sql': 'a4759516448211c3776da7999886f12daad644dafa9d5ae99e24d5b693746045',
  '0006-sign-in.mysql.up.sql': '3515a3f5dc00896b00fce2992ecc8200ab626c00dc4fa148a76db2d0d3b08c4f',
  '0006-sign-in.sqlite.down.sql': 'e3c9d208f118df5c5f19dda74aded9df8fde6b0d5e4c8fe45fef2401ea92065c',
  '0006-sign-in.sqlite.up.sql': 'e658dff25fff2282a17ab265e33e7d09e2ab04cb831618b31f8ce5dc9b95dbf0',
  '0007-answers.mysql.down.sql': 'a5f35d2a3a306958ca16400796b551800e8f1ce827c5424462a551767a97c36a',
  '0007-answers.mysql.up.sql': '740a4c7c382d9af991a1f7b2d2ff82a91995bcf8fb411ce8079de703a94d93ce',
  '0007-answers.sqlite.down.sql': '9dafb3c7dffe9ad2210d5c1822997446902c23738675fa9dee0b504da0debe2e',
  '0007-answers.sqlite.up.sql': '245f8a06053cad062a8e33f1abe531aaaf00b5b5028fe03cf2983773b4560529',
  '0008-second-factors.mysql.down.sql': 'dd20c9c55e62fe8d02d90f83edb4f900f94437ace6ccccc68726b65cfcc309d2',
  '0008-second-factors.mysql.up.sql': '0d3f8f63719da08fda26254ccaeaf91afa760f6b9b313a778b946b78fbd7c868',
  '0008-second-factors.sqlite.down.sql': 'e1c49c5e637e3d98387cad667764398e3a2492da2e980bea2da68590b1be9782',
  '0008-second-factors.sqlite.up.sql': '5602c5a463c438ad5209a40646424827f394051580b23336218966a333707930',
  '0009-rolled-series.mysql.down.sql': '9b011ebe2d53a7cfae4bd6f8456a550c4d9dd5bde2059d5755a49d1d170e4698',
  '0009-rolled-series.mysql.up.sql': 'c2d900f0998aabe8298217d1aa4e5dc22bf133c1aa58a2199e53948fcc3087b6',
  '0009-rolled-series.sqlite.down.sql': '7afb77a31c9cd7b6d1786aa94d95ea38645897e2e8ab1c5b145e7d63d52495ba',
  '0009-rolled-series.sqlite.up.sql': 'ea8d00cc4eb4f806100c46dc4eb61523363f692e64120bed59ba02160bdde852',
  '0010-failures.mysql.down.sql': 'aa07a8e8aad54a2b92ace0b14c15ef754d09d6bfc22537839d6a48939232b8ae',
  '0010-failures.mysql.up.sql': '4faabb74e5d5e421a72ea8d8ed890eeba080eb9f70a196c9611b56e82e06a735',
  '0010-failures.sqlite.down.sql': '65dde4f3d9a9d2774f10757c71f76ea73d70b45ce2799f04812f372c85c8b2bf',
  '0010-failures.sqlite.up.sql': 'c7d72f161c8b340c525fc22695c49e77c699c044c1017e42050add759eee6375',
  '0011-suppressions.mysql.down.sql': '8b6a46f258ebcae607ff5f0d2c2362aa3301c959ae3c6a7e0322b784156b1a67',
  '0011-suppressions.mysql.up.sql': '043e6ca3245caa69e51b41bc61baa93a9175990c5d7469593e6696766f81d53a',
  '0011-suppressions.sqlite.down.sql': 'ce6eaf9886752b7dd01888f2730097137505f6bff8c7572133db46a688803abc',
  '0011-suppressions.sqlite.up.sql': '9d66ee913a996e8d0e586cfbb01917fd2a6cbf4080efa144c91ef4d40d9bf7c6',
  '0012-recovery.mysql.down.sql': 'ad251412cd6d158f432ea0460f7d2e355660eadaf6d03b62ca7a476b2647b00e',
  '0012-recovery.mysql.up.sql': '940e27bd9085fd0bd53645cac7a409e98a072e4514a281ff3d6d25c237b818c3',
  '0012-recovery.sqlite.down.sql': '6203f3b62e18762d76568685a6f0eb235708032d95c16752643cbd96008a6986',
  '0012-recovery.sqlite.up.sql': '31b9c55f4ea050357687686d50830618d23003373a7e3e14ef65d3164b579d05',
  '0013-restores.mysql.down.sql': 'e5b80eac7b24eeaf23709ac0631c0bceed4ed31ca606acf9dcafd1cf2ac8fc92',
  '0013-restores.mysql.up.sql': 'a68c2b07c931d3f6bbe9dcd7a5a38e5a998c7be2acdae47203ac38f66230acdb',
  '0013-restores.sqlite.down.sql': 'cc5045a2eca374b571d3e05c0bd0ae6ae7d566a21f4e659cccef71d79f68833c',
  '0013-restores.sqlite.up.sql': 'da80c983d5586b79357678f48841e106e8a963f4bd76b759fa1c8078435fddf4',
  '0014-passkeys.mysql.down.sql': '301e0fa873135f5b2dc0d507ac2788df3692f8655e11675ca64b33f2860d64ad',
  '0014-passkeys.mysql.up.sql': 'a439f7c334c83d1f70b38061963e633d94be10fa215e8dfd41620533e09d0ba7',
  '0014-passkeys.sqlite.down.sql': '8337a7bf4dda51a6d91856df89660bd349c21adf8b7db1c5c4fd19049dd3e3e0',
  '0014-passkeys.sqlite.up.sql': '0a5cde679dec3bbd50756070bd01f9798a1336643f7f6c58e169ca8ad31783b1',
  '0015-silence-and-lookups.mysql.down.sql':
    'd5df297394c5b96545a1fc265ec7c8e2701ae1d4188114bc1d10f49f34db835c',
  '0015-silence-and-lookups.mysql.up.sql': 'ba6007cfcf12d719350f72020627fbe46f70ec6aa57e23b7848e4e0dc6efe8dc',
  '0015-silence-and-lookups.sqlite.down.sql':
    '854aae283875a2d9d9296e948eaebf198d53ac79f184c8beb052732244750a4d',
  '0015-silence-and-lookups.sqlite.up.sql':
    'a1201ed15c6676f45e0451ebaa27e6cc657c7a1be1a47af957ee41a3848b4343',
  '0016-healings.mysql.down.sql': 'cf1ffffaaced10571a64641f68667ddeb062aa145f47ec65cd78c64787aee947',
  '0016-healings.mysql.up.sql': '2e4e95138c46ba143c856e150b5e1320a9666999f1ae915fd62e8b55d8028e48',
  '0016-healings.sqlite.down.sql': 'b3a1260d9e7f15101ed0bb9cd6bd4f3eae5d8af9aa3e83453cc64348cd26fb48',
  '0016-healings.sqlite.up.sql': '4d0faa513aa6e6cdc49c5b1e1fbcf859a5f508c0bf5cd3f48efeb915440c90dc',
  '0017-passkey-names.mysql.down.sql': 'dbb14b7db56e53da7a11fb9d5e4f6713507497620bc2131d837f8a79eaa0fdc7',
  '0017-passkey-names.mysql.up.sql': 'e25be183ab52ddfb76e090066c36bfe0c0f1534ed0c3865060886b2b2d720d25',
  '0017-passkey-names.sqlite.down.sql': 'f974bae3dfa3119385b6f5000de45f484a7a2983b616ce3072dd476cec591df0',
  '0017-passkey-names.sqlite.up.sql': '63f775a9951122d638f81b60c030745d1693474b5e6dcc33e1819b270cdb6bea',
  '0018-cleanup-procedure.mysql.down.sql': '3230389e613724425f4bacf852857d98a233e6e8e572437163ddcd0551cc9bcc',
  '0018-cleanup-procedure.mysql.up.sql': '3403b19997fc3192412c2daed5ac7576e478a44ce28e7aa0fe9d152d43ab1a49',
  '0018-cleanup-procedure.sqlite.down.sql':
    'c9dde39347cf9a478577f2ea61bbcfa11fede3fe6d7b866bcf17f61c8b30b480',
  '0018-cleanup-procedure.sqlite.up.sql': 'c0bea0e4d0ccdb634e08d68958dc1f718f76f735863063f0bea748924e9077cb',
  '0019-watches.mysql.down.sql': 'c22c05817f26f7c095a3e4a3f514e153d3c1760c1e9c69faba2029022a54e6e0',
  '0019-watches.mysql.up.sql': 'e5528e5122d6a98db08385d54da6ee2451313f423a92083c4691d4442f389523',
  '0019-watches.sqlite.down.sql': 'f4fdacdb40e45ecbf13333c93b11d3fd787b5a8cce83ec700fe3cdc0b7737236',
  '0019-watches.sqlite.up.sql': 'ea48402e252b6a5e05e9934f4cb00f912d31112340401a8de2ac85b54bf6489e',
  '0020-erasures.mysql.down.sql': 'cd98bc1e75bb510f3cbece4f6a3b06d8ee7bdbfbea32a37e247ebc76aca0c037',
  '0020-erasures.mysql.up.sql': 'df86c2652f04c0437b1a143501daf58a5f6015921881e1ea91cead07da477a95',
  '0020-erasures.sqlite.down.sql': '03ee06de4c78c8b4fedccda590232750fc57eb2732bf14cab73c465c2f678a20',
  '0020-erasures.sqlite.up.sql': 'c4c84b708921086bcab630e324c014de369758a899e36ef3865bca0270c577ea',
  '0021-watch-room.mysql.down.sql': 'b493f0ee691f89070cfaee6c8fd13da9d9a710254c85f3178252fede74e1341e',
  '0021-watch-room.mysql.up.sql': 'c348c738daf6d85bf67baed7b83b64985cb8c70dbab50824db8ac33ab22fa424',
  '0021-watch-room.sqlite.down.sql': '8e9a381db5ff0db0f4e66f32c1bfd74ce55bc8106ac47b6de8c6b4040717c543',
  '0021-watch-room.sqlite.up.sql': 'e91173124b52be5cadb5488c54aeba834ef09a850e9d830fccb0f6f2e3f04f14',
  '0022-switch-beside.mysql.down.sql': '043c78dd4475d4a3cb497b187c429ab93a162cdb9c5da704b3b1dd9115e1cc21',
  '0022-switch-beside.mysql.up.sql': '3b68876a13c91385dd8149b2155295fe316f9e6895df066fdee3e583ad477cdf',
  '0022-switch-beside.sqlite.down.sql': '42a2d732aa30229c5d05bd74b0cee021261bd870e3b6cc85a486e77014227df5',
  '0022-switch-beside.sqlite.up.sql': '6a96b6e1750d3fcf6f46d5ab01264bc0873ecae8af34d227c00f8ddaaae9558a',
}

test('no released migration was edited, and every migration is in this list', () => {
  const found = readdirSync(new URL('src/store/migrations/', root)).filter((name) => name.endsWith('.sql'))
  const sums = found.map((name) => [name, sha(readFileSync(new URL(`src/store/migrations/${name}`, root)))])
  assert.deepEqual(Object.fromEntries(sums), RELEASED)
  for (const dialect of ['sqlite', 'mysql'] as const) {
    assert.equal(
      found.filter((name) => name.endsWith(`.${dialect}.up.sql`)).length,
      migrations(dialect).length,
    )
  }
})

for (const { name, missing } of await availableStores()) {
  const skip = missing === null ? false : `no ${name} here: ${missing}`

  test(`${name}: the migrations give, object by object, the schema that is described`, { skip }, async () => {
    const [migrated, described] = [await startStore(name, false), await startStore(name, false)]
    const [a, b] = [await migrated.connect('owner'), await described.connect('owner')]
    try {
      await up(a)
      if (b.dialect === 'mysql') await likeTheRunner(b)
      for (const { sql } of upStatements(b.dialect)) await b.run(sql)
      const [given, wanted] = [await catalog(a), await catalog(b)]
      assert.ok(wanted.size > 100)
      for (const [object, text] of wanted) assert.equal(given.get(object), text, object)
      assert.deepEqual([...given.keys()], [...wanted.keys()])
      const rows = 'SELECT * FROM state_transitions ORDER BY entity, from_state, to_state'
      assert.deepEqual(await a.rows(rows), await b.rows(rows))
    } finally {
      for (const session of [a, b]) await session.close()
      for (const store of [migrated, described]) await store.stop()
    }
  })

  test(`${name}: taking back a migration gives the schema before it, word by word`, { skip }, async () => {
    const store = await startStore(name, false)
    const session = await store.connect('owner')
    try {
      await up(session)
      const whole = await catalog(session)
      await rollback(session, migrations(store.dialect).length - 1)
      const first = await catalog(session)
      await rollback(session, 1)
      assert.deepEqual([...(await catalog(session)).keys()], [])
      await up(session)
      assert.deepEqual(await catalog(session), whole)
      assert.notDeepEqual(first, whole)
      const insert = [...first].find(([object]) => object.endsWith('action_executions_before_insert'))?.[1]
      assert.match(insert ?? '', /GOV-070/)
      assert.doesNotMatch(insert ?? '', /GOV-071/)
      const [created] = migrations(store.dialect)
      const before = created?.up.join('\n').replace(/\s+/g, ' ') ?? ''
      const body = /BEGIN.*END/.exec(insert ?? '')?.[0] ?? assert.fail('the trigger is gone')
      assert.ok(before.includes(body), 'the rules after 0002 was taken back are those of 0001')
    } finally {
      await session.close()
      await store.stop()
    }
  })

  test(`${name}: while a trigger is replaced no moment is without it`, {
    skip: name === 'sqlite' ? 'one transaction' : skip,
  }, async () => {
    const store = await startStore(name)
    const [session, other] = [await store.connect('owner'), await store.connect('owner')]
    try {
      const scene = await new Scene(store, other).prepare()
      const of = await scene.queued()
      const names = ['action_executions_before_insert', 'action_executions_before_update']
      let moments = 0
      for (const { sql } of replaceTriggers('mysql', triggersNamed('mysql', names))) {
        await session.run(sql)
        moments += 1
        await assert.rejects(
          other.run(scene.sql('action_executions', scene.runRow(await scene.approved()))),
          /GOV-071/,
        )
        await assert.rejects(other.run(scene.start(of.executionId, 'act-1', 86_400_000)), /GOV-047/)
      }
      assert.equal(moments, 10)
    } finally {
      for (const each of [session, other]) await each.close()
      await store.stop()
    }
  })

  test(`${name}: while a trigger that writes links is replaced nothing gets in without its link`, {
    skip: name === 'sqlite' ? 'one transaction' : skip,
  }, async () => {
    const store = await startStore(name)
    const [session, other] = [await store.connect('owner'), await store.connect('owner')]
    try {
      const scene = await new Scene(store, other).prepare()
      const [row] = await other.rows('SELECT COUNT(*) AS n FROM persons WHERE person_id <> 1')
      let rows = Number(row?.['n'])
      let refused = 0
      for (const { sql } of replaceAfterTriggers('mysql', triggersNamed('mysql', ['persons_after_insert']))) {
        await session.run(sql)
        await other.run(scene.sql('persons', { display_name: 'x' })).then(
          () => (rows += 1),
          (error: unknown) => {
            assert.match(String(error), /are being changed/)
            refused += 1
          },
        )
        const links = "SELECT COUNT(*) FROM audit_log WHERE kind = 'persons'"
        assert.equal(await scene.value(links), String(rows))
      }
      assert.equal(refused, 3, 'from before the old one goes until the new one stands')
    } finally {
      for (const each of [session, other]) await each.close()
      await store.stop()
    }
  })
}

/** The session that the migrations run under. */
async function likeTheRunner(session: OpenSession): Promise<void> {
  await session.run('SET NAMES utf8mb4 COLLATE utf8mb4_bin')
  await session.run(
    "SET SESSION time_zone = '+00:00', foreign_key_checks = 1, unique_checks = 1, sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
  )
}

test('a trigger that is not in the schema, or runs after, is not replaced', () => {
  assert.throws(() => triggersNamed('sqlite', ['no_such_trigger']), /no trigger no_such_trigger/)
  const after = triggersNamed('mysql', ['action_executions_after_insert'])
  assert.throws(() => replaceTriggers('mysql', after), /is no BEFORE trigger/)
  const before = triggersNamed('mysql', ['action_executions_before_insert'])
  assert.throws(() => replaceAfterTriggers('mysql', before), /is no AFTER trigger/)
})

test('every transition made by a trigger names its evidence, and no other does', () => {
  const byTrigger = TRANSITIONS.filter((t) => t.entity === 'issue' && t.by === 'trigger')
  assert.deepEqual(
    Object.keys(ISSUE_EVIDENCE).sort(),
    byTrigger.map(({ from, to }) => `${from}>${to}`).sort(),
  )
})

test('every rule refuses somewhere, and every refusal is a listed rule', () => {
  const text = (['sqlite', 'mysql'] as const)
    .flatMap((dialect) => upStatements(dialect).map(({ sql }) => sql))
    .join('\n')
  const used = new Set(text.match(/GOV-\d{3}/g))
  assert.deepEqual([...used].sort(), Object.keys(RULES).sort())
})

test('a rule is read from the text of a database error, and nothing else is', () => {
  assert.equal(ruleOf('SqliteError: GOV-041 no live APPROVED approval'), 'GOV-041')
  assert.equal(ruleOf('GOV-999 made up'), null)
  assert.equal(ruleOf('UNIQUE constraint failed'), null)
})

test('no table cascades, has an ENUM, or leaves a foreign key without an index', () => {
  for (const dialect of ['sqlite', 'mysql'] as const) {
    const sql = upStatements(dialect)
      .map((each) => each.sql)
      .join('\n')
    assert.doesNotMatch(sql, /CASCADE|\bENUM\b|SET NULL|TIMESTAMP\b(?!\()/)
  }
})

test('every table can be described: purpose, and a column a caller may supply or a reason it has none', () => {
  for (const table of TABLES) {
    assert.ok(table.purpose.length > 10, table.name)
    assert.ok(suppliableColumns(table).length > 0, table.name)
  }
})

test('down removes every object up creates', () => {
  for (const dialect of ['sqlite', 'mysql'] as const) {
    const created = upStatements(dialect).flatMap(({ sql }) => [
      ...sql.matchAll(
        /^CREATE (?:OR REPLACE )?(?:DEFINER = CURRENT_USER )?(?:SQL SECURITY DEFINER )?(?:TABLE|TRIGGER|VIEW|PROCEDURE|FUNCTION) (?:IF NOT EXISTS )?(\w+)/gm,
      ),
    ])
    const removed = new Set(downStatements(dialect).map(({ sql }) => /EXISTS (\w+)/.exec(sql)?.[1]))
    assert.deepEqual(
      created.map(([, name]) => name).filter((name) => !removed.has(name)),
      [],
    )
  }
})

for (const { name, missing } of await availableStores()) {
  const skip = missing === null ? false : `no ${name} here: ${missing}`

  test(`${name}: the stored lifecycle is core's, and every other change of an issue is refused`, {
    skip,
  }, async () => {
    const store = await startStore(name)
    const owner = await store.connect('owner')
    try {
      const rows = await owner.rows('SELECT entity, from_state, to_state, moved_by FROM state_transitions')
      const stored = rows.map((row) => Object.values(row).join(' ')).sort()
      assert.deepEqual(stored, TRANSITIONS.map((t) => `${t.entity} ${t.from} ${t.to} ${t.by}`).sort())
      await everyIllegalMove(await new Scene(store, owner).prepare())
    } finally {
      await owner.close()
      await store.stop()
    }
  })
}

/** Brings an issue into each state by the rows that lead there, then tries every state from it. */
async function everyIllegalMove(scene: Scene): Promise<void> {
  let tried = 0
  for (const from of ISSUE_STATES) {
    const issueId = await issueIn(scene, from)
    assert.equal(
      await scene.value(`SELECT issue_status FROM detected_issues WHERE issue_id = ${issueId}`),
      from,
    )
    for (const to of ISSUE_STATES) {
      const direct = TRANSITIONS.find((t) => t.entity === 'issue' && t.from === from && t.to === to)
      if (from === to || direct?.by === 'reason') continue
      tried += 1
      const rule = isLegalTransition('issue', from, to) ? /GOV-027/ : /GOV-02[38]/
      await assert.rejects(scene.move(issueId, to), rule, `${from} > ${to}`)
    }
  }
  assert.ok(tried > 110)
}

async function issueIn(scene: Scene, state: (typeof ISSUE_STATES)[number]): Promise<number> {
  const ended = async (): Promise<number> => {
    const issueId = await scene.issue('UNDER_ANALYSIS')
    await scene.move(issueId, 'NO_ACTION')
    return issueId
  }
  const makers: Record<typeof state, () => Promise<number>> = {
    DETECTED: () => scene.issue(),
    UNDER_ANALYSIS: () => scene.issue('UNDER_ANALYSIS'),
    AWAITING_DECISION: async () => (await scene.analysed()).issueId,
    DECISION_MADE: async () => (await scene.proposed()).issueId,
    APPROVED: async () => (await scene.approved()).issueId,
    DECLINED: async () => {
      const of = await scene.proposed()
      await scene.vote(of, { approval_status: 'DECLINED', approval_reason: 'BAD_TIMING' })
      return of.issueId
    },
    EXECUTING: async () => (await scene.running()).issueId,
    VERIFYING: async () => (await scene.finished()).issueId,
    RESOLVED: async () => (await scene.judged('improved')).issueId,
    NO_ACTION: ended,
    CLOSED: async () => {
      const issueId = await ended()
      await scene.move(issueId, 'CLOSED')
      return issueId
    },
    CANCELLED: async () => {
      const issueId = await scene.issue()
      await scene.move(issueId, 'CANCELLED')
      return issueId
    },
  }
  return makers[state]()
}
