# lbench: `make help` lists what can be made.
SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c

VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  := -s -w -X main.version=$(VERSION)
FUZZTIME ?= 20s
SCRIPTS  := .ci/run .ci/demo .ci/test .ci/tools e2e/nfs-vm/run e2e/nfs-vm/init

.PHONY: help build install demo test lint bench fuzz e2e-nfs

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

build: ## build bin/lbench, a static binary
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/lbench ./cmd/lbench

install: ## install lbench into GOBIN
	CGO_ENABLED=0 go install -trimpath -ldflags '$(LDFLAGS)' ./cmd/lbench

demo: build ## make a small dataset, measure this disk, show the verdict (about a minute)
	@.ci/demo build/demo/resnet50 results

test: ## run every test with the race detector, those of the browser without; a skipped test fails
	@.ci/tools
	@npm ci --silent --prefix internal/report/testdata/browser
	@.ci/test -race ./...
	@CGO_ENABLED=0 .ci/test -run Browser ./internal/report

lint: ## gofmt, go vet, staticcheck, shellcheck
	@.ci/tools shellcheck
	@files=$$(gofmt -l .); [[ -z $$files ]] || { echo "gofmt would change:"; echo "$$files"; exit 1; }
	CGO_ENABLED=0 go vet ./...
	CGO_ENABLED=0 go vet -tags e2e ./e2e
	CGO_ENABLED=0 go tool staticcheck -tags e2e ./...
	shellcheck $(SCRIPTS)

bench: ## measure lbench itself
	@.ci/tools fio
	go run ./bench

fuzz: ## run each fuzz test for FUZZTIME (20s)
	@grep -rHoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | while IFS=: read -r file func; do \
		echo "== $${func#func } in $$(dirname "$$file")"; \
		go test -run '^$$' -fuzz "^$${func#func }\$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")" </dev/null; \
	done

e2e-nfs: ## run lbench on a kernel NFS mount in a virtual machine
	go test -tags e2e -count=1 -v -timeout 15m ./e2e
