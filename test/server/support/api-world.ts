/** A store with one healed issue, a person of every role, and the API over it. */
import { ASKED_BY, LOOKUPS, parseConfig, takenFailures } from '../../../src/app/index.ts'
import type { LogLine } from '../../../src/core/log.ts'
import type { MemberRole } from '../../../src/core/member-roles.ts'
import type { EvidenceQuestion } from '../../../src/core/nouns.ts'
import { buildServer } from '../../../src/server/build-server.ts'
import type { ApiServer, PanelConfig } from '../../../src/server/context.ts'
import { csrfTokenOf, digestOf, newSecret, TOKEN_PREFIX } from '../../../src/server/secrets.ts'
import { openFull } from '../../contract/store/context.ts'
import { type StoreName, startStore, type TestStore } from '../../store/support/stores.ts'
import {
  decide,
  type FullStore,
  makeIssue,
  makeWorld,
  newLesson,
  newPerson,
  newVerdict,
  newVote,
  onlyRunnable,
  run,
  signerOf,
  type World,
} from '../../support/pipeline-rows.ts'
import { failureReport } from './failure-report.ts'

/** People of the tests by what they are in workspace 1; `outsider` is everything, but in workspace 2. */
export const PEOPLE = {
  viewer: 'vera',
  operator: 'otto',
  approver: 'bert',
  administrator: 'anna',
  auditor: 'udo',
  outsider: 'olga',
} as const
/** One of them. */
export type Actor = keyof typeof PEOPLE

const ROLES_OF: Readonly<Record<Actor, readonly MemberRole[]>> = {
  viewer: ['viewer'],
  operator: ['operator'],
  approver: ['approver'],
  administrator: ['administrator'],
  auditor: ['auditor'],
  outsider: ['viewer', 'operator', 'approver', 'administrator', 'auditor'],
}

/** Headers of a signed-in browser. */
export interface Browser {
  readonly secret: string
  readonly headers: { readonly cookie: string; readonly 'x-csrf-token': string }
}

/** What the tests work with. */
export interface ApiWorld {
  readonly app: ApiServer
  readonly world: World
  readonly server: TestStore
  /** Every line of the log; a test may take lines away. */
  readonly log: LogLine[]
  /** Numbers of rows that are there. */
  readonly ids: {
    readonly issueId: number
    readonly decisionId: number
    readonly executionId: number
    readonly pendingDecisionId: number
    /** Questions asked of the target. */
    readonly checkId: number
    readonly previewId: number
    readonly lookupId: number
    /** Of an error that was reported. */
    readonly signature: string
  }
  signIn(actor: Actor): Promise<Browser>
  tokenOf(actor: Actor, scopes: readonly string[], workspaceId?: number): Promise<string>
  /** Gives everybody the roles of the tests, and nobody another. */
  restoreRoles(): Promise<void>
  /** Runs a statement as the owner of the store, beside its rules where they are triggers of a role. */
  asOwner(sql: string): Promise<void>
  stop(): Promise<void>
}

/** How a panel is configured. */
export function panelOf(yaml: string): PanelConfig {
  const { panel } = parseConfig(`panel: ${yaml}`, 'test.yaml')
  if (panel === null) throw new Error('no panel')
  return panel
}

/** Starts the store and builds the API; nothing listens. */
export async function makeApiWorld(
  name: StoreName = 'sqlite',
  panel = panelOf('{ requestsPerMinute: 1000000 }'),
  answerMs?: number,
): Promise<ApiWorld> {
  const server = await startStore(name)
  const store = await openFull(server)
  const world = await makeWorld(store)
  const owner = await server.connect('owner')
  await owner.run("INSERT INTO workspaces (workspace_name) VALUES ('elsewhere')")
  await addPeople(world)
  const ids = await makeRows(world)
  const log: LogLine[] = []
  const app = await buildServer(
    {
      config: parseConfig('', 'test.yaml'),
      store,
      log: (line) => void log.push(line),
      owner: 'test',
    },
    panel,
    answerMs,
  )
  const userOf = (actor: Actor): string => PEOPLE[actor]
  return {
    app,
    world,
    server,
    log,
    ids,
    signIn: async (actor) => {
      const secret = newSecret()
      await signInOf(store).startSession({
        sessionDigest: digestOf(secret),
        userName: userOf(actor),
        address: '127.0.0.1',
        userAgent: 'test',
        lifetimeSeconds: 3600,
      })
      const headers = { cookie: `dbmedic_session=${secret}`, 'x-csrf-token': csrfTokenOf(secret) }
      return { secret, headers }
    },
    tokenOf: async (actor, scopes, workspaceId = 1) => {
      const token = `${TOKEN_PREFIX}${newSecret()}`
      await signInOf(store).addToken({
        tokenDigest: digestOf(token),
        userName: userOf(actor),
        workspaceId,
        tokenName: 'test',
        scopes,
        lifetimeSeconds: 3600,
      })
      return token
    },
    restoreRoles: () => restoreRoles(store),
    asOwner: (sql) => owner.run(sql),
    stop: async () => {
      await app.close()
      await owner.close()
      await store.close()
      await server.stop()
    },
  }
}

/** The sign-in port of a store that has it. */
export function signInOf(store: FullStore) {
  if (store.signIn === null) throw new Error('the store has no sign-in port')
  return store.signIn
}

async function addPeople({ store, anna }: World): Promise<void> {
  for (const actor of ['viewer', 'operator', 'auditor', 'outsider'] as const) {
    const { userName, keyId, publicKey } = newPerson(PEOPLE[actor])
    await store.serve.addUser({
      userName,
      displayName: actor,
      personOf: null,
      mayApprove: actor === 'outsider',
      mayAdminister: actor === 'outsider',
      keyId,
      publicKey,
      signer: signerOf(anna),
    })
  }
  await restoreRoles(store)
}

async function restoreRoles(store: FullStore): Promise<void> {
  const signIn = signInOf(store)
  const wanted = (Object.entries(ROLES_OF) as [Actor, readonly MemberRole[]][]).flatMap(([actor, roles]) =>
    roles.map((role) => ({
      userName: PEOPLE[actor] as string,
      workspaceId: actor === 'outsider' ? 2 : 1,
      role,
    })),
  )
  const held = await signIn.memberships()
  const among = (list: typeof wanted, one: (typeof wanted)[number]): boolean =>
    list.some(
      (each) =>
        each.userName === one.userName && each.workspaceId === one.workspaceId && each.role === one.role,
    )
  const isHeld = (one: (typeof wanted)[number]): boolean => among([...held], one)
  for (const each of wanted)
    if (!isHeld(each)) await signIn.setMembership({ ...each, held: true, by: 'anna' })
  for (const { userName, workspaceId, role } of held)
    if (!among(wanted, { userName, workspaceId, role }))
      await signIn.setMembership({ userName, workspaceId, role, held: false, by: 'anna' })
}

async function makeRows(world: World): Promise<ApiWorld['ids']> {
  const { act, serve, learn } = world.store
  const issueId = await makeIssue(world, 'shop.orders')
  const decision = await decide(world, issueId)
  await serve.insertApproval(await newVote(world, decision, world.bert))
  const executionId = await run(world, await onlyRunnable(world, decision.decisionId))
  await act.insertVerification(newVerdict(executionId, 'improved'))
  await learn.insertLesson(newLesson({ issueId, decisionId: decision.decisionId, executionId }))
  const pending = await decide(world, await makeIssue(world, 'shop.items'))
  await makeIssue(world, 'shop.carts')
  await serve.requestRecovery({
    targetId: world.targetId,
    issueId: null,
    actionName: 'mysql/analyze-table',
    params: {},
    reason: 'test',
    requestedBy: 'otto',
  })
  return {
    issueId,
    decisionId: decision.decisionId,
    executionId,
    pendingDecisionId: pending.decisionId,
    checkId: await askTarget(world, LOOKUPS.check()),
    previewId: await askTarget(world, LOOKUPS.preview('mysql/analyze-table', {})),
    lookupId: await askTarget(world, LOOKUPS.blockers()),
    signature: await reportFailure(world),
  }
}

async function reportFailure({ store }: World): Promise<string> {
  const failures = takenFailures([failureReport({ object: 'shop.reported' })], {
    application: 'shop',
    targetId: null,
  })
  const digest = 'a'.repeat(64)
  await store.serve.recordFailures({
    workspaceId: 1,
    reportedBy: 'otto',
    batchDigest: digest,
    bodyDigest: digest,
    dropped: 0,
    failures,
  })
  return failures[0]?.kind.signature ?? ''
}

const askTarget = ({ store, targetId }: World, question: EvidenceQuestion): Promise<number> =>
  store.serve.ask({ targetId, question, by: ASKED_BY })
