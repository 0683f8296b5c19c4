/** People of a workspace: who they are, which roles they hold, links for them to set a password with. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { MEMBER_ROLES } from '../../core/member-roles.ts'
import type { Person } from '../../core/people.ts'
import {
  type ApiServer,
  FIRST_WORKSPACE,
  identityOf,
  loginOf,
  requireOther,
  requireRight,
  type ServerContext,
} from '../context.ts'
import { withMoreAsked } from '../required-factor.ts'
import { answers, list, workspaceQuery } from '../schemas/parts.ts'
import { personSchema, userName } from '../schemas/people.ts'
import { digestOf, newSecret } from '../secrets.ts'
import { rolesHere, seesEverybody } from '../who-is-seen.ts'

/** A link for a login holds this long, seconds. */
const LINK_SECONDS = 2 * 86_400

const person = z.strictObject({ userName })

/** Adds the routes. */
export function peopleRoutes(app: ApiServer, context: ServerContext): void {
  peopleList(app, context)
  personByName(app, context)
  roleRoutes(app, context)
  accessRoutes(app, context)
}

/** Names that are no login's can be tried so often a minute and address. */
const NAMES_A_MINUTE = 30

type Shown = z.infer<typeof personSchema>
type Proofs = Pick<Shown, 'hasSecondFactor' | 'passkeys'>

/** What a login proves itself with is of the whole installation: who lacks a second factor is easier to be. */
async function proofsAsked(
  { signIn }: ServerContext,
  request: FastifyRequest,
): Promise<(userName: string) => Proofs> {
  if (!seesEverybody(request)) return () => ({ hasSecondFactor: null, passkeys: null })
  const factors = new Set([...(await signIn.secondFactorOwners())].map((each) => each.toLowerCase()))
  const counted = [...(await signIn.passkeyCounts())].map(
    ([name, count]) => [name.toLowerCase(), count] as const,
  )
  const counts = new Map(counted)
  return (userName) => {
    const login = userName.toLowerCase()
    return { hasSecondFactor: factors.has(login), passkeys: counts.get(login) ?? 0 }
  }
}

/** Makes a login into what is sent of it to who asks. */
async function viewFor(context: ServerContext, request: FastifyRequest): Promise<(person: Person) => Shown> {
  const roles = await rolesHere(context, request)
  const proofsOf = await proofsAsked(context, request)
  const erasures = await context.signIn.erasures()
  const erased = new Map(erasures.map(({ personId, erasedAt }) => [personId, erasedAt]))
  return (person) => ({
    ...person,
    ...proofsOf(person.userName),
    erasedAt: erased.get(person.personId) ?? null,
    roles: roles(person.userName),
  })
}

function peopleList(app: ApiServer, context: ServerContext): void {
  app.get(
    '/api/people',
    {
      config: { right: 'audit', noStore: true },
      schema: {
        summary:
          'Logins with a role in the workspace, and what each may; every login for who audits the first',
        tags: ['people'],
        querystring: workspaceQuery,
        response: answers({ 200: z.object({ items: list(personSchema) }) }, 400, 401, 403),
      },
    },
    async (request) => {
      const people = await context.serve.read.people()
      const items = people.map(await viewFor(context, request))
      return { items: seesEverybody(request) ? items : items.filter(({ roles }) => roles.length > 0) }
    },
  )
}

function personByName(app: ApiServer, context: ServerContext): void {
  app.get(
    '/api/people/:userName',
    {
      config: { right: 'administer', perMinute: NAMES_A_MINUTE, noStore: true },
      schema: {
        summary: 'A login by its whole name, to give it a role in the workspace',
        tags: ['people'],
        params: person,
        querystring: workspaceQuery,
        response: answers({ 200: personSchema }, 400, 401, 403, 404),
      },
    },
    async (request) => {
      const login = await loginOf(context, request.params.userName)
      return (await viewFor(context, request))(login)
    },
  )
}

function roleRoutes(app: ApiServer, context: ServerContext): void {
  app.put(
    '/api/people/:userName/roles/:role',
    {
      config: { right: 'administer', perMinute: 2 * NAMES_A_MINUTE },
      schema: {
        summary: 'Give or take a role in the workspace',
        tags: ['people'],
        params: person.extend({ role: z.enum(MEMBER_ROLES) }),
        querystring: workspaceQuery,
        body: z.strictObject({ held: z.boolean() }),
        response: answers({ 204: z.undefined().describe('As asked.') }, 400, 401, 403, 404, 409),
      },
    },
    async (request, reply) => {
      const login = await loginOf(context, request.params.userName)
      const by = identityOf(request).person.userName
      const { role } = request.params
      const { held } = request.body
      const { workspaceId } = request
      const membership = { userName: login.userName, workspaceId, role, held, by }
      await withMoreAsked(context, () => context.signIn.setMembership(membership), { login, by })
      return reply.code(204).send()
    },
  )
}

function accessRoutes(app: ApiServer, context: ServerContext): void {
  const { signIn } = context
  app.post(
    '/api/people/:userName/link',
    {
      config: { right: 'administer', perMinute: 30, noStore: true },
      schema: {
        summary: 'A one-time link for the login of somebody else to set its password with; shown this once',
        tags: ['people'],
        params: person,
        querystring: workspaceQuery,
        response: answers({ 201: z.object({ secret: z.string() }) }, 400, 401, 403, 404, 409),
      },
    },
    async (request, reply) => {
      requireRight(request, 'administer', FIRST_WORKSPACE)
      requireOther(request, request.params.userName)
      const { userName: login } = await loginOf(context, request.params.userName)
      const secret = newSecret()
      const by = identityOf(request).person.userName
      await signIn.addLink({
        linkDigest: digestOf(secret),
        userName: login,
        by,
        lifetimeSeconds: LINK_SECONDS,
      })
      return reply.code(201).send({ secret })
    },
  )
  app.delete(
    '/api/people/:userName/sessions',
    {
      config: { right: 'administer' },
      schema: {
        summary: 'Sign a person out everywhere',
        tags: ['people'],
        params: person,
        querystring: workspaceQuery,
        response: answers({ 204: z.undefined().describe('Signed out.') }, 400, 401, 403, 404),
      },
    },
    async (request, reply) => {
      requireRight(request, 'administer', FIRST_WORKSPACE)
      const { userName: login } = await loginOf(context, request.params.userName)
      await signIn.endSessions(login, { except: null }, identityOf(request).person.userName)
      return reply.code(204).send()
    },
  )
}
