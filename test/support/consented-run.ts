/**
 * A private server as a target, and a store in which one action on it is decided and approved, ready for an
 * executor: rendered from the live server, signed by a person, nothing of it written by hand.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import mysql, { type Connection } from 'mysql2/promise'
import {
  actionOf,
  addPerson,
  type Config,
  configSchema,
  type Installation,
  mirrorCatalogue,
  openInstallation,
  vote,
} from '../../src/app/index.ts'
import { policyFor } from '../../src/app/policy.ts'
import { canonicalJson, type Json } from '../../src/core/canonical.ts'
import type { Decision } from '../../src/core/nouns.ts'
import { bindingOf, bindingText, preflightDigest, propose } from '../../src/core/proposal.ts'
import { ROLES } from '../../src/core/vocabulary.ts'
import { createActuator } from '../../src/engines/mysql/act/actuator.ts'
import { resolve } from '../../src/engines/mysql/catalog/resolve.ts'
import { makeAccounts, type TargetAccounts } from '../../src/lab/pieces/accounts.ts'
import {
  type PrivateServer,
  type ServerFlavour,
  type Settings,
  startServer,
} from '../../src/lab/servers/index.ts'
import { addressOf } from './mysql-target.ts'
import { after, type FullStore, full, newAnalysis, newEvent, sha256, type World } from './pipeline-rows.ts'
import { untilWaitsForRow } from './seen-waiting.ts'

const PASSPHRASE = 'a horse that is correct'
/** Short, so that a crash is settled within seconds; long enough for an executor that a busy machine keeps waiting. */
const LEASE_SECONDS = 6

/** The server everything here runs on, its accounts, and root. */
export interface Target {
  readonly server: PrivateServer
  readonly accounts: TargetAccounts
  readonly root: Connection
  stop(): Promise<void>
}

/** Starts the server. Its general log is a table, in which every statement it received can be counted. */
export async function startTarget(
  flavour: ServerFlavour = 'mariadb',
  settings: Settings = {},
): Promise<Target> {
  const server = await startServer(flavour, {
    settings: { general_log: '1', log_output: 'TABLE', ...settings },
  })
  const root = await mysql.createConnection(server.rootUri)
  root.on('error', () => undefined)
  await root.query('CREATE DATABASE shop')
  await root.query('USE shop')
  const accounts = await makeAccounts(server, 'shop')
  return {
    server,
    accounts,
    root,
    stop: async () => {
      root.destroy()
      await server.stop()
    },
  }
}

/** How often the server received exactly this statement. */
export async function timesReceived(target: Target, statement: string): Promise<number> {
  const connection = await mysql.createConnection(target.server.rootUri)
  try {
    const [rows] = await connection.query(
      "SELECT COUNT(*) AS n FROM mysql.general_log WHERE command_type IN ('Query', 'Execute') AND argument = ?",
      [statement],
    )
    return Number((rows as { n: number | string }[])[0]?.n)
  } finally {
    await connection.end()
  }
}

let tables = 0

const DIGITS = Array.from({ length: 10 }, (_, digit) => `SELECT ${digit} AS d`).join(' UNION ALL ')
/** 1 to at least `rows` as a column seq, on every server. */
function numbersUpTo(rows: number): string {
  const places = Array.from({ length: Math.max(1, Math.ceil(Math.log10(rows))) }, (_, place) => place)
  const sum = places.map((place) => `d${place}.d * ${10 ** place}`).join(' + ')
  return `SELECT 1 + ${sum} AS seq FROM ${places.map((place) => `(${DIGITS}) AS d${place}`).join(' CROSS JOIN ')}`
}

/** A new table of `rows` rows with a column worth an index. */
export async function newShopTable(target: Target, rows = 2_000): Promise<string> {
  tables += 1
  const name = `orders_${tables}`
  await target.root.query(
    `CREATE TABLE shop.${name} (id INT PRIMARY KEY, customer INT NOT NULL, note VARCHAR(80), placed DATE) ENGINE=InnoDB`,
  )
  await target.root.query(
    `INSERT INTO shop.${name} SELECT seq, seq % 50, CONCAT('n', seq % 97), DATE('2026-01-01') + INTERVAL (seq % 300) DAY FROM (${numbersUpTo(rows)}) AS numbers WHERE seq <= ${rows}`,
  )
  return name
}

/** A store of its own with one person and one approved decision. */
export interface Consented {
  readonly config: Config
  readonly configFile: string
  readonly installation: Installation
  readonly store: FullStore
  readonly decision: Decision
  /** The statement the plan sends. */
  readonly statement: string
  stop(): Promise<void>
}

/** What is approved. */
export interface Wanted {
  readonly action: string
  readonly given: { readonly [name: string]: Json }
  /** False: decided, not voted on. */
  readonly approve?: boolean
  /** The yes holds for the undo too. Default false. */
  readonly undoPreconsented?: boolean
  /** Changes to the configuration. */
  readonly config?: Partial<Config>
}

/** Makes the store and takes one decision to its approval. */
export async function consent(target: Target, wanted: Wanted): Promise<Consented> {
  const home = await mkdtemp(join(tmpdir(), 'dbmedic-consent-'))
  const unpinned = configSchema.parse({ ...configFor(target, home), ...wanted.config })
  const opened = await openInstallation(unpinned, () => undefined, ROLES)
  const store = full(opened.store)
  await mirrorCatalogue(opened)
  const { keyId } = await addAnna(unpinned, store)
  const config = { ...unpinned, access: { administrators: [keyId] } }
  const installation = { ...opened, config }
  const decision = await decide(target, { store, config, wanted, targetName: 'shop' })
  if (wanted.approve !== false) {
    const { undoPreconsented = false } = wanted
    await approve({ config, store, decision, undoPreconsented })
  }
  const configFile = join(home, 'config.json')
  await writeFile(configFile, JSON.stringify(config))
  return {
    config,
    configFile,
    installation,
    store,
    decision,
    statement: statementOf(decision),
    stop: async () => {
      await store.close()
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** The statement a decision's plan sends. */
export function statementOf(decision: Decision): string {
  const [step] = (JSON.parse(decision.bindingText) as { steps: { text: string }[] }).steps
  if (step === undefined) throw new Error('the plan sends nothing')
  return step.text
}

/** Adds the one person of these tests, who may do everything. */
const addAnna = (config: Config, store: FullStore): Promise<{ readonly keyId: string }> =>
  addPerson(config, store.serve, {
    userName: 'anna',
    passphrase: PASSPHRASE,
    displayName: 'Anna',
    personOf: null,
    mayApprove: true,
    mayAdminister: true,
  })

/** Anna approves. */
export async function approve(
  of: Pick<Consented, 'config' | 'store' | 'decision'> & { readonly undoPreconsented?: boolean },
): Promise<void> {
  const cast = await vote(of.config, of.store.serve, {
    decision: of.decision,
    ballot: {
      decline: false,
      reason: 'CONFIDENT',
      notes: null,
      conditions: { undoPreconsented: of.undoPreconsented ?? false, windowStart: null },
    },
    person: { userName: 'anna', passphrase: PASSPHRASE },
  })
  if ('refused' in cast) throw new Error(cast.because)
}

/** A configuration of one SQLite store and one target row for each name, all of them this server. */
export function configFor({ server, accounts }: Target, home: string, names: readonly string[] = ['shop']) {
  process.env['DBM_TEST_MONITOR'] = accounts.monitor.password
  // Tests on two servers run at the same time.
  const executorVariable = `DBM_TEST_EXECUTOR_${server.port}`
  process.env[executorVariable] = accounts.executor.password
  return {
    store: join(home, 'dbmedic.sqlite'),
    keyring: join(home, 'keyring'),
    targets: names.map((name) => ({
      name,
      engine: 'mysql',
      host: server.host,
      port: server.port,
      tls: 'disable',
      monitor: { user: accounts.monitor.user, password: 'env:DBM_TEST_MONITOR' },
      executor: { user: accounts.executor.user, password: `env:${executorVariable}` },
      options: { cores: 64 },
    })),
    actions: {
      diskFreeBytes: 100 * 1024 ** 3,
      cores: 64,
      memoryBytes: 16 * 1024 ** 3,
      poolIdleSeconds: 600,
      applicationUsers: ['shop_app'],
    },
    runtime: { leaseSeconds: LEASE_SECONDS },
  }
}

interface Making {
  readonly store: FullStore
  readonly config: Config
  readonly wanted: Wanted
  readonly targetName: string
}

/** Renders what is wanted from the live server and stores it as a decision on a fresh issue. */
export async function decide(target: Target, making: Making): Promise<Decision> {
  const { store, config, wanted, targetName } = making
  const row = (await store.read.targets()).find((each) => each.targetName === targetName)
  const action = actionOf(wanted.action)
  const mirrored = (await store.read.actions()).find((each) => each.actionName === wanted.action)
  if (row === undefined || action === null || mirrored === undefined) throw new Error('nothing to decide on')
  const session = await createActuator(addressOf(target.server), target.accounts.executor).open()
  try {
    const identity = await session.identity()
    if (!identity.known) throw new Error(identity.because)
    const { instanceUid, epoch, flavour, version, weak } = identity.value
    const proposal = await propose<never>({
      action,
      given: wanted.given,
      resolve: resolve as never,
      ask: session.ask as never,
      policy: await policyFor(config, store.read, row.targetId),
      server: { flavour, version, weakIdentity: weak },
      affectedSeries: ['statement:q1'],
    })
    if ('refused' in proposal) throw new Error(proposal.because)
    await store.observe.setTargetIdentity(row.targetId, instanceUid)
    const world = { store, targetId: row.targetId } as World
    const analysis = await newOpenAnalysis(world, { instanceUid, resource: targetName })
    const expiresAt = after(await store.read.now(), 500)
    const text = bindingText(
      bindingOf(proposal, {
        action,
        definitionDigest: mirrored.definitionDigest,
        target: {
          id: row.targetId,
          name: row.targetName,
          engine: row.engine,
          instanceUid,
          epoch: action.bindsConnection ? epoch : null,
        },
        evidenceDigest: analysis.evidenceDigest,
        expiresAt,
      }),
    )
    const decisionId = await store.reason.insertDecision({
      analysisId: analysis.analysisId,
      targetId: row.targetId,
      recommendedActionId: mirrored.actionId,
      riskLevel: mirrored.riskLevel,
      bindingText: text,
      planDigest: sha256(text),
      preflightDigest: preflightDigest(proposal, sha256),
      confidenceBasedScore: 0.85,
      decisionRationale: 'best of one',
      proposedBy: 'dbmedic',
      expiresAt,
    })
    const decision = await store.read.decision(decisionId)
    if (decision === null) throw new Error('the decision is not there')
    return decision
  } finally {
    await session.close()
  }
}

async function newOpenAnalysis(
  world: World,
  about: { readonly instanceUid: string; readonly resource: string },
): Promise<{ readonly analysisId: number; readonly evidenceDigest: string }> {
  const { observe, reason, read } = world.store
  const { instanceUid, resource } = about
  const event = await newEvent(world, resource, { instanceUid })
  await observe.appendEvents([event])
  const [stored] = await read.events({ issueFingerprint: event.issueFingerprint, limit: 1 })
  if (stored === undefined) throw new Error('the event is not there')
  const issueId = await reason.openIssue({
    targetId: world.targetId,
    instanceUid,
    issueCategory: event.issueCategory,
    issueFingerprint: event.issueFingerprint,
    ruleId: event.ruleId,
    severity: 'WARNING',
    affectedResourceType: 'table',
    affectedResourceName: resource,
    occurrenceCount: 1,
    firstOccurrenceEventId: stored.eventId,
    lastDetectionEventId: stored.eventId,
    recurrenceOfIssueId: null,
  })
  if (issueId === null) throw new Error('the issue did not open')
  await reason.moveIssue(issueId, 'DETECTED', 'UNDER_ANALYSIS')
  const analysis = newAnalysis(issueId)
  const analysisId = await reason.insertAnalysis(analysis)
  await reason.moveIssue(issueId, 'UNDER_ANALYSIS', 'AWAITING_DECISION')
  return { analysisId, evidenceDigest: sha256(canonicalJson(analysis.evidence as unknown as Json)) }
}

/** An idle reader that blocks somebody, as a decision would bind it. */
export async function newIdleReader(
  target: Target,
): Promise<{ readonly given: { readonly [name: string]: Json }; stop(): Promise<void> }> {
  const name = await newShopTable(target)
  const [reader, waiter] = [await applicationOf(target), await applicationOf(target)]
  const [ids] = await reader.query('SELECT CONNECTION_ID() AS id')
  const id = String((ids as { id: number }[])[0]?.id)
  await reader.query('START TRANSACTION')
  await reader.query(`SELECT * FROM ${name} WHERE id = 1 FOR UPDATE`)
  const waiting = waiter.query(`UPDATE ${name} SET note = 'w' WHERE id = 1`).catch(() => undefined)
  await untilWaitsForRow(target.root, waiter.threadId)
  return {
    given: { connection: await boundConnection(target, id) },
    stop: async () => {
      reader.destroy()
      await Promise.race([waiting, sleep(2_000)])
      waiter.destroy()
    },
  }
}

async function applicationOf({ server, accounts }: Target): Promise<Connection> {
  const { host, port } = server
  const connection = await mysql.createConnection({ host, port, database: 'shop', ...accounts.application })
  connection.on('error', () => undefined)
  return connection
}

async function boundConnection(target: Target, id: string): Promise<Json> {
  const [rows] = await target.root.query(
    "SELECT p.USER AS u, p.HOST AS h, p.DB AS d, t.trx_id AS trx, DATE_FORMAT(CONVERT_TZ(t.trx_started, 'SYSTEM', '+00:00'), '%Y-%m-%dT%H:%i:%s.000000Z') AS began FROM information_schema.PROCESSLIST p JOIN information_schema.INNODB_TRX t ON t.trx_mysql_thread_id = p.ID WHERE p.ID = ?",
    [id],
  )
  const row = (rows as Record<string, string>[])[0]
  const session = await createActuator(addressOf(target.server), target.accounts.executor).open()
  try {
    const identity = await session.identity()
    if (row === undefined || !identity.known) throw new Error('the connection cannot be bound')
    return {
      instanceUid: identity.value.instanceUid,
      epoch: identity.value.epoch,
      connectionId: id,
      user: String(row['u']),
      host: String(row['h']),
      database: String(row['d']),
      transactionId: String(row['trx']),
      transactionStartedAt: String(row['began']),
      queryId: null,
      statementFingerprintId: null,
    }
  } finally {
    await session.close()
  }
}
