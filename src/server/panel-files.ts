/** The panel's files, as `npm run build:panel` made them. They hold nothing secret: what they show they ask the API for. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { DbmedicError } from '../core/errors.ts'
import type { ApiServer } from './context.ts'

/** Where the build puts them. */
const BUILT = fileURLToPath(new URL('../../web/dist', import.meta.url))
/** Addresses of pages; each is the same file, which looks at the address itself. */
const PAGES = [
  '/',
  '/sign-in',
  '/setup',
  '/link',
  '/invitation',
  '/issues',
  '/issues/:id',
  '/decisions',
  '/decisions/:id',
  '/history',
  '/history/:id',
  '/audit',
  '/actions',
  '/actions/:engine/:action',
  '/targets',
  '/targets/:id',
  '/learning',
  '/fix',
  '/settings',
]

const open = { config: { right: 'public' as const }, schema: { hide: true } }

/** Adds the panel's addresses. @param folder only tests say another. */
export async function addPanelFiles(app: ApiServer, folder = BUILT): Promise<void> {
  const isBuilt = existsSync(join(folder, 'index.html'))
  if (isBuilt) await app.register(fastifyStatic, { root: folder, serve: false, cacheControl: false })
  const page = (_request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    requireBuilt(isBuilt)
    return reply.header('cache-control', 'no-cache').sendFile('index.html')
  }
  for (const address of PAGES) app.get(address, open, page)
  app.get('/icon.svg', open, (_request, reply) => {
    requireBuilt(isBuilt)
    return reply.header('cache-control', 'public, max-age=86400').sendFile('icon.svg')
  })
  // Their names carry a digest of their content, so a name never changes its meaning.
  app.get('/assets/:name', open, (request, reply) => {
    requireBuilt(isBuilt)
    const { name } = request.params as { readonly name: string }
    if (!/^[\w-][\w.-]*\.(js|css)$/.test(name) || !existsSync(join(folder, 'assets', name)))
      throw new DbmedicError('DBM_NOT_FOUND', { kind: 'file', id: 'like this', hint: 'Load the page again.' })
    return reply.header('cache-control', 'public, max-age=31536000, immutable').sendFile(`assets/${name}`)
  })
}

/** Addresses that are no pages, however their letters are cased: what is asked there is not for people to look at. */
const NO_PAGES = /^\/(api|assets|healthz|readyz|metrics)(\/|\?|$)/i

/**
 * Answers who looks for a page there is none of with the panel, which says so, and with 404. False: it is no page that is
 * asked for, or there is no panel here.
 */
export function sendMissingPage(request: FastifyRequest, reply: FastifyReply, folder = BUILT): boolean {
  const isPage = request.method === 'GET' && request.headers.accept?.includes('text/html') === true
  if (!isPage || NO_PAGES.test(request.url) || !existsSync(join(folder, 'index.html'))) return false
  void reply.code(404).header('cache-control', 'no-cache').sendFile('index.html')
  return true
}

function requireBuilt(isBuilt: boolean): void {
  if (isBuilt) return
  const hint = 'Build it, then start again: npm run build:panel'
  throw new DbmedicError('DBM_NOT_FOUND', { kind: 'panel', id: 'built here', hint })
}
