"""Holds rendered manifests (YAML on standard input) to what the agent promises of a cluster.

Each document must fit Kubernetes' own schema of the versions below. Each pod must pass the Pod Security Standard
"restricted" but for these hostPath volumes: the state folder, the machine id, read only, and with access to GPUs the
device process's own folder.
With --self-test each rule is broken in turn, and the break must be found. With --claims, which are newer, the oldest
version is left out.
"""

import copy
import sys

import kubernetes_validate
import yaml

VERSIONS = ["1.25", "1.34", "1.37"]  # the oldest that the chart is for, and two newer ones
KINDS = {"DaemonSet", "NetworkPolicy", "ConfigMap"}
HOST_PATHS = {"state": "Directory", "machine-id": "File", "device-state": "Directory"}
WRITABLE = {"state": "/var/lib/domicile", "device-state": "/var/lib/domicile-device"}


def containers(pod):
    return pod.get("initContainers", []) + pod["containers"]


def problems_of_pod(pod):
    for field in ("hostPID", "hostNetwork", "hostIPC", "shareProcessNamespace", "automountServiceAccountToken"):
        default = field == "automountServiceAccountToken"
        if pod.get(field, default):
            yield f"{field} is on"
    if "serviceAccountName" in pod:
        yield "it has a service account"
    security = pod.get("securityContext", {})
    if not security.get("runAsNonRoot") or not security.get("runAsUser"):
        yield "it may run as root"
    if security.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
        yield "no seccomp profile"
    if security.get("sysctls") or security.get("supplementalGroups") or security.get("fsGroup"):
        yield "the pod's security context adds something"
    for volume in pod.get("volumes", []):
        kind = sorted(set(volume) - {"name"})
        if kind == ["hostPath"]:
            if HOST_PATHS.get(volume["name"]) != volume["hostPath"].get("type"):
                yield f"hostPath {volume}"
        elif kind not in (["configMap"], ["secret"]):
            yield f"volume {volume}"
    for container in containers(pod):
        name = container["name"]
        own = container.get("securityContext", {})
        if own.get("privileged") or own.get("allowPrivilegeEscalation", True):
            yield f"{name} may gain privileges"
        if own.get("readOnlyRootFilesystem") is not True:
            yield f"{name} can write its image"
        if own.get("capabilities") != {"drop": ["ALL"]}:
            yield f"{name} has capabilities"
        if set(own) - {"privileged", "allowPrivilegeEscalation", "readOnlyRootFilesystem", "capabilities"}:
            yield f"{name} overrides the pod's security context"
        if "ports" in container or "volumeDevices" in container or "lifecycle" in container:
            yield f"{name} has ports, block devices or hooks"
        if "command" in container:
            yield f"{name} runs another program than the image's"
        if "memory" not in container.get("resources", {}).get("limits", {}):
            yield f"{name} has no memory limit"
        if "cpu" in container.get("resources", {}).get("limits", {}):
            yield f"{name} has a CPU limit, which lengthens round trips"
        for mount in container.get("volumeMounts", []):
            place = WRITABLE.get(mount["name"])
            if place is None and mount.get("readOnly") is not True:
                yield f"{name} may write to {mount['name']}"
            if mount.get("mountPropagation") or place not in (None, mount["mountPath"]):
                yield f"{name}: mount {mount}"


def problems(documents, versions):
    daemon_sets = 0
    for document in documents:
        kind = document["kind"]
        if kind not in KINDS:
            yield f"a {kind} is made"
            continue
        for version in versions:
            try:
                kubernetes_validate.validate(document, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                yield f"{kind} does not fit Kubernetes {version}: {error.message}"
        if kind == "DaemonSet":
            daemon_sets += 1
            yield from problems_of_pod(document["spec"]["template"]["spec"])
        if kind == "NetworkPolicy":
            spec = document["spec"]
            if spec.get("ingress") or set(spec["policyTypes"]) != {"Ingress", "Egress"}:
                yield "ingress is open"
    if daemon_sets != 1:
        yield f"{daemon_sets} DaemonSets"


def broken(documents):
    """The same documents with one rule broken each."""

    def pod(change):
        changed = copy.deepcopy(documents)
        change(next(d for d in changed if d["kind"] == "DaemonSet")["spec"]["template"]["spec"])
        return changed

    for field in ("hostPID", "hostNetwork", "hostIPC", "automountServiceAccountToken"):
        yield field, pod(lambda spec: spec.update({field: True}))
    yield "root", pod(lambda spec: spec["securityContext"].update(runAsNonRoot=False))
    yield "no seccomp", pod(lambda spec: spec["securityContext"].pop("seccompProfile"))
    yield "another hostPath", pod(
        lambda spec: spec["volumes"].append({"name": "dev", "hostPath": {"path": "/dev", "type": "Directory"}})
    )
    yield "no schema", pod(lambda spec: spec.update(hostPid=False))
    for position in range(3):
        own = lambda spec: containers(spec)[position]
        yield "privileged", pod(lambda spec: own(spec)["securityContext"].update(privileged=True))
        yield "escalation", pod(lambda spec: own(spec)["securityContext"].pop("allowPrivilegeEscalation"))
        yield "writable image", pod(lambda spec: own(spec)["securityContext"].update(readOnlyRootFilesystem=False))
        yield "capability", pod(lambda spec: own(spec)["securityContext"].update(capabilities={"drop": ["ALL"], "add": ["SYS_ADMIN"]}))
        yield "own user", pod(lambda spec: own(spec)["securityContext"].update(runAsUser=0))
        yield "port", pod(lambda spec: own(spec).update(ports=[{"containerPort": 80}]))
        yield "shell", pod(lambda spec: own(spec).update(command=["/bin/sh"]))
        yield "machine id writable", pod(lambda spec: own(spec)["volumeMounts"][1].pop("readOnly"))


def main():
    documents = [document for document in yaml.safe_load_all(sys.stdin) if document]
    versions = VERSIONS[1:] if "--claims" in sys.argv else VERSIONS
    found = list(problems(documents, versions))
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        return 1
    if "--self-test" in sys.argv:
        count = 0
        for name, changed in broken(documents):
            count += 1
            if not list(problems(changed, versions[-1:])):
                print(f"not found: {name}", file=sys.stderr)
                return 1
        print(f"{count} broken manifests, each found")
    return 0


if __name__ == "__main__":
    sys.exit(main())
