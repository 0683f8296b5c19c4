/** Which address shows which page. Each page is its own file, loaded when it is first opened. */
import { createRootRoute, createRoute, createRouter, Link, lazyRouteComponent } from '@tanstack/react-router'
import { EmptyState, ProblemNotice, Reading } from './parts/notices.tsx'

/** Filters are words in the address; what is no word is not there. */
const wordsIn =
  <const Name extends string>(...names: readonly Name[]) =>
  (search: Record<string, unknown>): { readonly [K in Name]?: string } => {
    const found = names.flatMap((name) => {
      const value = search[name]
      return typeof value === 'string' || typeof value === 'number' ? [[name, String(value)] as const] : []
    })
    return Object.fromEntries(found) as { readonly [K in Name]?: string }
  }

/** Only places of this panel: a link must not lead who signs in elsewhere. */
const ownPlace = (search: Record<string, unknown>): { readonly to?: string } => {
  const { to } = search
  return typeof to === 'string' && /^\/(?![/\\])/.test(to) ? { to } : {}
}

const root = createRootRoute({
  errorComponent: ({ error, reset }) => (
    <main className="entry">
      <ProblemNotice
        error={error instanceof Error ? error : new Error('The page met a fault.')}
        again={reset}
      />
    </main>
  ),
  notFoundComponent: () => (
    <main className="entry">
      <h1>There is no such page</h1>
      <EmptyState title="The address leads nowhere">
        Go on from the <Link to="/">dashboard</Link>.
      </EmptyState>
    </main>
  ),
})

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: ownPlace,
  component: lazyRouteComponent(() => import('./pages/sign-in.tsx'), 'SignInPage'),
})
const setUp = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: lazyRouteComponent(() => import('./pages/set-up.tsx'), 'SetUpPage'),
})
const link = createRoute({
  getParentRoute: () => root,
  path: '/link',
  component: lazyRouteComponent(() => import('./pages/link.tsx'), 'LinkPage'),
})

const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: lazyRouteComponent(() => import('./session/signed-in.tsx'), 'SignedIn'),
})
const dashboard = createRoute({
  getParentRoute: () => inside,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/dashboard.tsx'), 'DashboardPage'),
})
const issues = createRoute({
  getParentRoute: () => inside,
  path: '/issues',
  validateSearch: wordsIn('state', 'severity', 'category', 'target', 'search', 'sort'),
  component: lazyRouteComponent(() => import('./pages/issues.tsx'), 'IssuesPage'),
})
const issue = createRoute({
  getParentRoute: () => inside,
  path: '/issues/$issueId',
  component: lazyRouteComponent(() => import('./pages/issue.tsx'), 'IssuePage'),
})
const decisions = createRoute({
  getParentRoute: () => inside,
  path: '/decisions',
  validateSearch: wordsIn('state', 'risk', 'sort'),
  component: lazyRouteComponent(() => import('./pages/decisions.tsx'), 'DecisionsPage'),
})
const decision = createRoute({
  getParentRoute: () => inside,
  path: '/decisions/$decisionId',
  component: lazyRouteComponent(() => import('./pages/decision.tsx'), 'DecisionPage'),
})
const history = createRoute({
  getParentRoute: () => inside,
  path: '/history',
  validateSearch: wordsIn('state', 'outcome'),
  component: lazyRouteComponent(() => import('./pages/history.tsx'), 'HistoryPage'),
})
const run = createRoute({
  getParentRoute: () => inside,
  path: '/history/$executionId',
  component: lazyRouteComponent(() => import('./pages/run.tsx'), 'RunPage'),
})
const audit = createRoute({
  getParentRoute: () => inside,
  path: '/audit',
  validateSearch: wordsIn('from'),
  component: lazyRouteComponent(() => import('./pages/audit.tsx'), 'AuditPage'),
})

/** The addresses of the panel. */
export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    setUp,
    link,
    inside.addChildren([dashboard, issues, issue, decisions, decision, history, run, audit]),
  ]),
  defaultPendingComponent: Reading,
  defaultPreload: 'intent',
  scrollRestoration: false,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
