/** Erasure: nothing personal is left anywhere in the store, the chain verifies as before, and what was decided stays readable. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { DbmedicError } from '../../../src/core/errors.ts'
import { exportAudit, verifyAuditExport } from '../../../src/store/index.ts'
import { TABLES } from '../../../src/store/schema/tables.ts'
import type { TestStore } from '../../store/support/stores.ts'
import {
  decide,
  makeIssue,
  newPerson,
  newVerdict,
  newVote,
  onlyRunnable,
  run,
  setActive,
  sha256,
  signerOf,
} from '../../support/pipeline-rows.ts'
import { fresh, type StoreContext } from './context.ts'

const HASH = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo'
/** What is personal, and is nowhere else. */
const PERSONAL = {
  name: 'Ænne Überall-Øst',
  address: '203.0.113.77',
  agent: 'Quuxbrowser/7.4',
  token: 'nightly of Ænne',
  passkey: 'Ænne’s telephone',
  renamed: 'Ænne’s other telephone',
  credential: 'CredentialOfAenne',
  sealed: 'sealed-key-of-aenne',
  secret: 'sealed-secret-of-aenne',
} as const

const refusedWith = (rule: string) => (error: unknown) =>
  error instanceof DbmedicError && error.code === 'DBM_STORE_REFUSED' && error.message.includes(rule)

/** The contract of erasures. */
export function erasureContract({ world, server }: StoreContext): void {
  const signIn = () => world().store.signIn ?? assert.fail('serve is there')
  const chain = async () => {
    const { read } = world().store
    const lines: string[] = []
    for await (const line of exportAudit(read, { dialect: 'sqlite', version: 1 })) lines.push(line)
    return { verdict: await verifyAuditExport(lines), text: lines.join('') }
  }

  /** Somebody who used everything a login can have. */
  async function somebody(userName: string): Promise<ReturnType<typeof newPerson>> {
    const w = world()
    const person = newPerson(userName)
    const { keyId, publicKey } = person
    await w.store.serve.addUser({
      ...{ userName, displayName: PERSONAL.name, personOf: null, mayApprove: true, mayAdminister: false },
      ...{ keyId, publicKey, signer: signerOf(w.anna) },
    })
    await signIn().setPassword(userName, HASH, userName)
    await signIn().startSession({
      ...{ sessionDigest: sha256(fresh('session')), userName, address: PERSONAL.address },
      ...{ userAgent: PERSONAL.agent, lifetimeSeconds: 3600 },
    })
    await signIn().addToken({
      ...{ tokenDigest: sha256(fresh('token')), userName, workspaceId: 1 },
      ...{ tokenName: PERSONAL.token, scopes: ['read'], lifetimeSeconds: 3600 },
    })
    await signIn().setSecondFactor({
      ...{ userName, sealedSecret: { sealed: PERSONAL.secret }, lastStep: 1 },
      recoveryDigests: [sha256(fresh('code'))],
    })
    const passkeyId = await signIn().addPasskey({
      ...{ userName, passkeyName: PERSONAL.passkey, credentialId: PERSONAL.credential, publicKey: 'MFkw' },
      ...{ algorithm: 'ES256', userHandle: sha256(userName), isSyncable: true, signCount: 0 },
    })
    await signIn().namePasskey({ passkeyId, userName, passkeyName: PERSONAL.renamed })
    await signIn().refusePasskey({ passkeyId, userName, problem: 'COUNTER', address: PERSONAL.address })
    const linkDigest = sha256(fresh('link'))
    await signIn().addLink({ linkDigest, userName, by: 'anna', lifetimeSeconds: 3600 })
    const invited = sha256(fresh('invitation'))
    await signIn().invite({
      ...{ linkDigest: invited, userName, displayName: 'x', personOf: null, mayApprove: true },
      ...{ mayAdminister: false, workspaceId: 1, roles: ['viewer'], by: 'anna', lifetimeSeconds: 3600 },
    })
    await signIn().answerInvitation(invited, {
      ...{ keyId, publicKey, passwordHash: HASH, sealedKey: { sealed: PERSONAL.sealed } },
    })
    await signIn().setMembership({ userName, workspaceId: 1, role: 'approver', held: true, by: 'anna' })
    return person
  }

  describe('erasure', () => {
    test('takes the name and all that is personal, and leaves who approved what and a chain that verifies', async () => {
      const w = world()
      const { serve, act, read } = w.store
      const person = await somebody('aenne.o')
      const decision = await decide(w, await makeIssue(w, fresh('erased')))
      await serve.insertApproval(await newVote(w, decision, person))
      const executionId = await run(w, await onlyRunnable(w, decision.decisionId))
      await act.insertVerification(newVerdict(executionId, 'improved'))
      const before = await chain()
      assert.equal(before.verdict.ok, true)
      for (const [what, value] of Object.entries(PERSONAL))
        assert.ok(!before.text.includes(value), `the chain never had the ${what} in clear`)

      const kept = await signIn().keptOf('AENNE.O', true)
      const text = JSON.stringify(kept)
      const { sealed, secret, credential, ...shown } = PERSONAL
      for (const [what, value] of Object.entries({ ...shown, credential }))
        assert.ok(text.includes(value), `what is kept holds the ${what}`)
      for (const never of [sealed, secret, HASH]) assert.ok(!text.includes(never), 'and no secret')
      assert.deepEqual([kept.userNames, kept.erasure], [['aenne.o'], null])
      const votes = kept.tables.find((each) => each.table === 'admin_approvals')
      assert.deepEqual(
        votes?.rows.map((row) => row['decision_id']),
        [decision.decisionId],
      )
      assert.ok(kept.tables.find((each) => each.table === 'audit_log')?.rows.length)
      assert.ok(kept.tables.every((each) => !each.hasMore))

      const wish = { userName: 'aenne.o', by: 'anna', reason: 'asked to be forgotten' }
      await assert.rejects(signIn().erasePerson(wish), refusedWith('GOV-146'))
      await setActive(w, 'aenne.o', false)
      for (const by of ['bert', 'aenne.o', 'dbmedic'])
        await assert.rejects(signIn().erasePerson({ ...wish, by }), refusedWith('GOV-146'), by)
      await assert.rejects(signIn().erasePerson({ ...wish, userName: 'nobody' }), {
        code: 'DBM_STORE_NO_ROW',
      })
      const erasure = await signIn().erasePerson(wish)
      const { erasedAt: _at, ...said } = erasure
      assert.deepEqual(said, {
        ...{ personId: kept.personId, userNames: ['aenne.o'], erasedBy: 'anna' },
        reason: 'asked to be forgotten',
      })
      assert.deepEqual((await signIn().erasures())[0], erasure)
      await assert.rejects(signIn().erasePerson(wish), refusedWith('GOV-146'))
      await assert.rejects(setActive(w, 'aenne.o', true), refusedWith('GOV-147'))
      assert.equal(await signIn().isSetUp(), true)

      await nothingLeft(server())
      const after = await chain()
      assert.equal(after.verdict.ok, true)
      assert.ok(after.verdict.rows > before.verdict.rows)
      const links = await read.audit(1, 10_000)
      const link = links.map(({ canonical }) => JSON.parse(canonical)).find(isErasureOf(kept.personId))
      assert.deepEqual(link?.entry.row, { erased_by: 'anna', reason: 'asked to be forgotten' })

      const [vote] = await read.approvals(decision.decisionId)
      assert.equal(vote?.adminUserId, 'aenne.o')
      const done = (await read.executions({ limit: 500 })).find((each) => each.executionId === executionId)
      assert.equal(done?.executionStatus, 'COMPLETED')
      const login = (await read.people()).find((each) => each.userName === 'aenne.o')
      assert.equal(login?.displayName, `erased person ${kept.personId}`)
      assert.deepEqual([login?.active, login?.publicKey], [false, person.publicKey])
      const memberships = await signIn().memberships()
      assert.ok(!memberships.some((each) => each.userName === 'aenne.o'))
      const left = await signIn().keptOf('aenne.o', true)
      assert.deepEqual(left.erasure, erasure)
      assert.deepEqual(
        left.tables.map((each) => each.table).toSorted(),
        LEFT_OF_ERASED,
        'what is left stands under the login',
      )
    })

    test('what is on the chain can be shown to be so while the key is there, and two people’s are not alike', async () => {
      const w = world()
      const owner = await server().connect('owner')
      try {
        const digests: string[] = []
        for (const userName of ['same-a', 'same-b']) {
          const { keyId, publicKey } = newPerson(userName)
          await w.store.serve.addUser({
            ...{ userName, displayName: 'The Same', personOf: null, mayApprove: false, mayAdminister: false },
            ...{ keyId, publicKey, signer: signerOf(w.anna) },
          })
          const [row] = await owner.rows(
            `SELECT HEX(k.sealing_key) AS k, u.person_id AS p FROM person_keys k JOIN users u ON u.person_id = k.person_id WHERE u.user_id = '${userName}'`,
          )
          const links = (await w.store.read.audit(1, 10_000)).map(({ canonical }) => JSON.parse(canonical))
          const link = links.find(
            ({ entry }) => entry.table === 'persons' && entry.key === Number(row?.['p']),
          )
          assert.deepEqual(link?.entry.row, { display_name_sealed: sha256(`${row?.['k']}:The Same`) })
          digests.push(link.entry.row.display_name_sealed)
        }
        assert.notEqual(digests[0], digests[1])
      } finally {
        await owner.close()
      }
    })
  })
}

/** Tables that still name an erased login: what was decided, who may have been let in, and that it was erased. */
const LEFT_OF_ERASED = [
  'admin_approvals',
  'audit_log',
  'memberships',
  'person_erasures',
  'user_registrations',
  'users',
  'persons',
].toSorted()

interface Link {
  readonly entry: { readonly table: string; readonly key: number; readonly row: unknown }
}
const isErasureOf =
  (personId: number) =>
  ({ entry }: Link): boolean =>
    entry.table === 'person_erasures' && entry.key === personId

/** No cell of any table holds any of it; with SQLite, no byte of its file either once that was written anew. */
async function nothingLeft(store: TestStore): Promise<void> {
  const owner = await store.connect('owner')
  try {
    for (const { name } of TABLES) {
      const text = JSON.stringify(await owner.rows(`SELECT * FROM ${name}`), (_, value) =>
        typeof value === 'bigint' ? String(value) : value,
      )
      for (const [what, value] of Object.entries(PERSONAL))
        assert.ok(!text.includes(value), `${what} is in ${name}`)
    }
    if (store.dialect === 'sqlite') {
      await owner.run('VACUUM')
      await owner.rows('PRAGMA wal_checkpoint(TRUNCATE)')
    }
  } finally {
    await owner.close()
  }
  const { path } = store.address
  if (path === undefined) return
  for (const file of [path, `${path}-wal`]) {
    const bytes = readFileSync(file)
    for (const [what, value] of Object.entries(PERSONAL))
      assert.equal(
        bytes.indexOf(value),
        -1,
        `${what} is in the bytes of ${file.endsWith('wal') ? 'the log' : 'the file'}`,
      )
  }
}
