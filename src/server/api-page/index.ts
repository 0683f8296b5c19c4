/** The page of the API, and its style. */
export { apiPage, STYLE_ADDRESS } from './api-page.ts'
export { API_PAGE_STYLE } from './api-page-style.ts'
