# Sluice as an image: the worker by default, and every other command by its name.
#
#   docker build -t sluice .
#   docker run --rm -e REDIS_URL=redis://… -e AWS_REGION=… sluice
#   docker run --rm -e REDIS_URL=redis://… sluice status
#
# The same Node and the same Debian in all stages, since some packages bring compiled parts.

FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
# No package needs its install script: compiled parts come as packages of their own.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.mjs scripts/
COPY src src
RUN npm run build

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="Sluice" \
      org.opencontainers.image.description="Delivers bulk email campaigns: BullMQ in, Amazon SES out, every event in the log." \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production \
    SLUICE_LOG_DIR=/var/lib/sluice/log
# Root owns what runs, the user `node` only what is written: the log, and lists that are uploaded.
COPY LICENSE package.json /app/
COPY bin /app/bin
COPY samples/newsletter.html /app/samples/
COPY --from=packages /app/node_modules /app/node_modules
COPY --from=build /src/dist /app/dist
RUN mkdir -p /var/lib/sluice/log /var/lib/sluice/lists && chown -R node:node /var/lib/sluice \
    && ln -s /app/bin/sluice.js /usr/local/bin/sluice
USER node
# Commands that keep data in their folder (`demo`, `up`) keep it with the log.
WORKDIR /var/lib/sluice
VOLUME /var/lib/sluice

# Settings are right and Redis answers: with less than that no command of Sluice can work. That SES takes mail is
# nothing that a container could mend by being started again. Where Redis is away the check waits, and its time is up.
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s --retries=3 \
    CMD ["/bin/sh", "-c", "exec sluice status --json > /dev/null"]

# Both in exec form: SIGTERM reaches the worker itself, which finishes what is in flight. Give it the time:
# docker stop --time 60. As process 1 a command without a handler of its own ignores signals: docker run --init.
ENTRYPOINT ["node", "/app/bin/sluice.js"]
CMD ["worker"]
