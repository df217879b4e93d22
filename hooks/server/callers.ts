import type { NextFunction, Request, RequestHandler, Response } from 'express';

type Refuse = (response: Response, status: number, error: string) => void;

/**
 * Lets through who may call at all. A page in a browser never: what it sends bears an Origin, or is no JSON, for which
 * it would have to ask first. Where no token is configured only programs of this machine call, by a name that is this
 * machine's: that of a page may resolve to it, too.
 */
export function callers(hasTokens: () => boolean, refuse: Refuse): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    if (request.get('origin') !== undefined) return refuse(response, 403, 'pages of a browser may not call');
    if (!hasTokens() && !isThisMachine(request.get('host') ?? ''))
      return refuse(response, 403, 'without tokens only calls to localhost are answered');
    next();
  };
}

/** A page can send anything but JSON without asking. */
export function jsonOnly(refuse: Refuse): RequestHandler {
  return (request, response, next) => {
    if (request.is('application/json') === 'application/json') return next();
    refuse(response, 415, 'the content type is not application/json');
  };
}

/** Whether a Host header names the loopback. */
function isThisMachine(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i.test(host);
}
