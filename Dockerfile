# syntax=docker/dockerfile:1

# By version here; the release puts the digests behind them, so that what is built can be built again.
ARG NODE_IMAGE=node:24.19.0-trixie-slim
ARG BASE_IMAGE=gcr.io/distroless/cc-debian13:nonroot
ARG FLUENT_BIT_IMAGE=fluent/fluent-bit:5.1.1

# Node of the platform that is built for.
FROM ${NODE_IMAGE} AS node

# On the platform that builds: all of it is JavaScript, the same everywhere.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS builder
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/clean.mjs scripts/
COPY hooks hooks
RUN npm run build && npm ci --omit=dev --omit=optional

FROM scratch AS app
COPY LICENSE package.json /app/
COPY --from=builder /app/node_modules /app/node_modules
COPY hooks/fluentbit/version/catalogue.json hooks/fluentbit/version/property-classes.json hooks/fluentbit/version/sources.json /app/hooks/fluentbit/version/
COPY metacontroller /app/metacontroller
COPY templates /app/templates
COPY --from=builder /app/dist /app/dist

# The hooks and the command line: Node, its C++ library, and nothing to log in to.
FROM ${BASE_IMAGE} AS hooks
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=app /app /app
ENV NODE_ENV=production
USER 65532:65532
EXPOSE 8080
LABEL org.opencontainers.image.title="fluentbind" \
      org.opencontainers.image.description="Hooks for Metacontroller that turn credentials and a template into Fluent Bit configuration" \
      org.opencontainers.image.licenses="Apache-2.0"
ENTRYPOINT ["/usr/local/bin/node", "/app/dist/main.js"]
CMD ["serve"]

# The same beside a real Fluent Bit. Its official image stands on the same base, with every library that it needs;
# bringing Node to it is less than bringing those libraries to Node.
FROM ${FLUENT_BIT_IMAGE} AS agent
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=app /app /app
ENV NODE_ENV=production PATH=/fluent-bit/bin:/usr/local/bin:/usr/bin:/bin
USER 65532:65532
LABEL org.opencontainers.image.title="fluentbind-agent" \
      org.opencontainers.image.description="fluentbind beside Fluent Bit, for what must start a real one" \
      org.opencontainers.image.licenses="Apache-2.0"
ENTRYPOINT ["/usr/local/bin/node", "/app/dist/main.js"]
