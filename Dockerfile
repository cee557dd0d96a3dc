# One stage builds the four services, so that they share their downloads and
# compilations; each target at the end is the image of one of them.
FROM golang:1.26-alpine AS build
ENV CGO_ENABLED=0 GOFLAGS=-trimpath GOWORK=off
WORKDIR /src
COPY . .
# The caches outlive a change of the source: only what it touches is compiled.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    for service in order inventory payment notification; do \
        (cd "$service" && go build -ldflags='-s -w' -o "/out/$service" .) || exit 1; \
    done

# No shell and no package manager, certificates only; the user is not root.
FROM gcr.io/distroless/static-debian12:nonroot AS runtime
USER 65532:65532
ENTRYPOINT ["/service"]

FROM runtime AS order
COPY --from=build /out/order /service

FROM runtime AS inventory
COPY --from=build /out/inventory /service

FROM runtime AS payment
COPY --from=build /out/payment /service

FROM runtime AS notification
COPY --from=build /out/notification /service
