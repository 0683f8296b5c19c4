/** request, grants: what a person asks for, and what a person allows ahead. */
import type { Command } from 'commander'
import { actionOf, grantStanding, parameterProblem } from '../../app/index.ts'
import { canonicalJson, type Json } from '../../core/canonical.ts'
import { DbmedicError } from '../../core/errors.ts'
import { ISSUE_CATEGORIES, ROOT_CAUSES } from '../../core/vocabulary.ts'
import { confidenceOption, oneOf, secondsOption } from '../arguments.ts'
import {
  actingAs,
  found,
  globals,
  idArgument,
  identify,
  serveOf,
  withDoor,
  withInstallation,
} from '../context.ts'
import { fileRequest } from '../file-request.ts'
import { knownTarget } from '../known-target.ts'
import { print, table, utc } from '../terminal.ts'

/** Adds `request` and `grants`. */
export function addWishCommands(program: Command): void {
  program
    .command('request')
    .argument('<action>', 'id of an action')
    .requiredOption('--target <name>', 'on which target')
    .requiredOption('--params <json>', 'its parameters as JSON')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--as <user>', 'your user name (or DBMEDIC_USER)')
    .option('--wait <seconds>', 'wait this long for the decision', secondsOption(0, 600), 20)
    .description('ask for an action yourself: it becomes a decision that another person approves')
    .action(
      (
        id: string,
        options: { target: string; params: string; reason: string; as?: string; wait: number },
        command: Command,
      ) => {
        const params = objectOf(options.params)
        const problem = parameterProblem(found(actionOf(id), 'action', id), params)
        if (problem !== null) {
          const hint = `The form of each parameter, with an example: dbmedic actions show ${id}`
          throw new DbmedicError('DBM_USAGE', { problem: problem.because, hint })
        }
        return withDoor(command, async (door) => {
          const target = await knownTarget(door, options.target)
          await fileRequest(door, {
            targetId: target.targetId,
            issueId: null,
            actionName: id,
            params,
            reason: options.reason,
            as: options.as,
            waitSeconds: options.wait,
            json: globals(command).json,
          })
        })
      },
    )
  addGrants(
    program
      .command('grants')
      .description('standing approvals: LOW risk decisions a person allows ahead, within bounds'),
  )
}

function objectOf(text: string): { readonly [name: string]: Json } {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      canonicalJson(value as Json)
      return value as { readonly [name: string]: Json }
    }
  } catch (error) {
    if (error instanceof RangeError)
      throw new DbmedicError('DBM_USAGE', {
        problem: `this JSON cannot be kept exactly: ${error.message}`,
        hint: 'Numbers are within 2^53 and texts whole; the form of each parameter: dbmedic actions show',
      })
    // The same message for text that is no JSON and JSON that is no object.
  }
  throw new DbmedicError('DBM_USAGE', {
    problem: 'this is not a JSON object',
    hint: `For instance: '{"table":{"schema":"shop","table":"orders"}}'`,
  })
}

interface GrantOptions {
  readonly target: string[]
  readonly bounds: string
  readonly category: string
  readonly cause: string
  readonly confidence: number
  readonly uses: string
  readonly days: string
  readonly reason: string
  readonly as?: string
}

function addGrants(grants: Command): void {
  grants
    .command('list', { isDefault: true })
    .description('list standing approvals')
    .action((_options: unknown, command: Command) =>
      withDoor(command, async ({ store }) => {
        const rows = await store.read.standingApprovals()
        print(globals(command).json, rows, () =>
          table(
            ['GRANT', 'ACTION', 'CAUSE', 'USES LEFT', 'UNTIL (UTC)', 'BY', 'STATE'],
            rows.map((g) => [
              String(g.standingApprovalId),
              `${g.actionName}@${g.actionVersion}`,
              g.rootCauseCode,
              String(g.usesLeft),
              utc(g.validUntil),
              g.grantedBy,
              g.revokedAt === null ? 'in force' : `revoked by ${g.revokedBy ?? '?'}`,
            ]),
            'No standing approvals. Every decision waits for a person.',
          ),
        )
      }),
    )
  grants
    .command('add')
    .argument('<action>', 'id of a LOW risk action')
    .requiredOption('--target <name...>', 'on which targets')
    .requiredOption(
      '--bounds <json>',
      'allowed values by parameter: {"table":{"anyOf":[…]}} or {"value":{"min":1,"max":2}}',
    )
    .requiredOption('--category <category>', `one of ${ISSUE_CATEGORIES.join(', ')}`)
    .requiredOption('--cause <cause>', `one of ${ROOT_CAUSES.join(', ')}`)
    .option('--confidence <p>', 'least calibrated confidence', confidenceOption, 0.9)
    .option('--uses <n>', 'at most this many uses', '10')
    .option('--days <n>', 'valid for this many days', '30')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--as <user>', 'your user name (or DBMEDIC_USER)')
    .description('grant a standing approval with your key')
    .action((id: string, options: GrantOptions, command: Command) => addGrant(id, options, command))
  grants
    .command('revoke')
    .argument('<grant>', 'number of a standing approval')
    .option('--as <user>', 'your user name (or DBMEDIC_USER)')
    .description('end a standing approval at once')
    .action((text: string, options: { as?: string }, command: Command) =>
      withDoor(command, async (door) => {
        const by = await actingAs(door, options.as)
        await serveOf(door).revokeStanding(idArgument(text, 'a standing approval'), by)
        print(globals(command).json, { revoked: Number(text) }, () => `Standing approval ${text} ended.`)
      }),
    )
}

const addGrant = (id: string, options: GrantOptions, command: Command): Promise<void> =>
  withInstallation(command, async (installation) => {
    const port = serveOf(installation)
    const action = found(actionOf(id), 'action', id)
    const targets = await port.read.targets()
    const until = Date.parse(await port.read.now()) + idArgument(options.days, 'days') * 86_400_000
    const grantId = await grantStanding(installation.config, port, {
      person: await identify(options.as),
      grant: {
        actionName: action.id,
        actionVersion: action.version,
        targetIds: options.target.map(
          (name) => found(targets.find((t) => t.targetName === name) ?? null, 'target', name).targetId,
        ),
        parameterBounds: objectOf(options.bounds),
        issueCategory: oneOf(ISSUE_CATEGORIES, options.category, 'category'),
        rootCauseCode: oneOf(ROOT_CAUSES, options.cause, 'cause'),
        minimumConfidence: options.confidence,
        maximumUses: idArgument(options.uses, 'uses'),
        validUntil: `${new Date(until).toISOString().slice(0, -1)}000Z`,
        reason: options.reason,
      },
    })
    print(
      globals(command).json,
      { grantId },
      () => `Standing approval ${grantId} granted. End it: dbmedic grants revoke ${grantId}`,
    )
  })
