#!/usr/bin/python3
"""docs/fault-catalogues.md: each public fault has its row, and the alerts, drills and strangers in it are there."""

import re
import sys

from alert_rules import alerts, log_alerts
from repository import ROOT, RepositoryTest, main, text_of

sys.path.insert(0, str(ROOT / "tests/drills"))

PAGE = "docs/fault-catalogues.md"
ROW = re.compile(r"^\| (?!fault \||---)([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.M)
# As the catalogues name them; variants by application and scale are one name.
ITBENCH = """cordoned-kubernetes-worker-node crashing-kubernetes-workload-init-container deleted-kubernetes-service
disabled-istio-ambient-mode-kubernetes-namespace failing-name-resolution-kubernetes-workload-dns-policy
hanging-kubernetes-workload-init-container ingress-port-blocking-network-policy insufficient-kubernetes-resource-quota
insufficient-kubernetes-workload-container-resources invalid-kubernetes-service-selector
invalid-kubernetes-workload-container-command kubernetes-api-server-request-surge misconfigured-kubernetes-horizontal-pod-autoscaler
misconfigured-kubernetes-workload-container-readiness-probe modified-kubernetes-workload-container-environment-variable
modified-target-port-kubernetes-service nonexistent-kubernetes-workload-container-image nonexistent-kubernetes-workload-node
nonexistent-kubernetes-workload-persistent-volume-claim opentelemetry-demo-feature-flag
priority-kubernetes-workload-priority-preemption scaled-to-zero-kubernetes-workload scheduled-chaos-mesh-experiment
strict-mutual-tls-istio-service-mesh-enforcement traffic-denying-istio-gateway-authorization-policy
unassigned-kubernetes-workload-container-resource-limits unschedulable-kubernetes-workload-pod-anti-affinity-rule
unsupported-architecture-kubernetes-workload-container-image valkey-workload-changed-password valkey-workload-out-of-memory
corrupted-kubernetes-secret-credentials"""
OPENTELEMETRY_DEMO = """adFailure adHighCpu adManualGc cartFailure emailMemoryLeak failedReadinessProbe imageSlowLoad
intlShippingSlowdown kafkaQueueProblems loadGeneratorBrowserVUs loadGeneratorTraffic loadGeneratorVUs paymentFailure
paymentUnreachable productCatalogFailure recommendationCacheFailure"""
AIOPSLAB = """k8s_target_port-misconfig auth_miss_mongodb revoke_auth_mongodb user_unregistered_mongodb misconfig_app_hotel_res
scale_pod_zero_social_net assign_to_non_existent_node_social_net container_kill pod_failure_hotel_res pod_kill_hotel_res
network_loss_hotel_res network_delay_hotel_res noop_detection kernel_fault_hotel_reservation disk_woreout
astronomy_shop_ad_service_failure astronomy_shop_ad_service_high_cpu astronomy_shop_cart_service_failure
astronomy_shop_image_slow_load astronomy_shop_kafka_queue_problems astronomy_shop_loadgenerator_flood_homepage
astronomy_shop_payment_service_failure astronomy_shop_payment_service_unreachable astronomy_shop_product_catalog_service_failure
astronomy_shop_recommendation_service_cache_failure redeploy_without_PV wrong_bin_usage operator_overload_replicas flower_node_stop
flower_model_misconfig"""
SREGYM = """faulty_image_correlated update_incompatible_correlated incorrect_image incorrect_port_assignment kafka_producer_leak
missing_env_variable storage_user_unregistered valkey_auth_disruption valkey_memory_disruption edge_request_filter_cpu_saturation
ephemeral_port_range secret_rotation_stale_env_credentials capacity_decrease_rpc_retry_storm gc_capacity_degradation
load_spike_rpc_retry_storm search_rate_retry_collapse assign_to_non_existent_node configmap_drift cfs_cpu_throttling
feature_flag_latent_bug finalizer_deadlock_controller duplicate_pvc_mounts env_variable_shadowing file_descriptor_exhaustion
liveness_probe_misconfiguration liveness_probe_too_aggressive init_container_dependency_hang integer_overflow_primary_key
missing_configmap missing_service namespace_memory_limit nightly_rebalance_oom node_clock_drift pod_anti_affinity_deadlock
postgres_lock_contention_product_catalog persistent_volume_affinity_violation priority_preemption_cascade pvc_claim_mismatch
rbac_misconfiguration readiness_probe_misconfiguration resource_request_too_large resource_request_too_small
hpa_missing_effective_cpu_request rolling_update_misconfigured service_dns_resolution_failure sidecar_port_conflict
service_port_conflict stale_coredns_config stale_hostaliases_dns_poisoning taint_no_toleration wrong_dns_policy
service_wrong_pod_selection wrong_service_selector gitea_database_deletion gitlab_database_deletion gitlab_notification_recovery
gitlab_notification_ambiguity gitlab_notification_intermittent gitlab_notification_delayed_audit gitlab_regional_failover
mattermost_capacity_cascade coordination_collapse stripe_feature_config kafka_queue_problems kafka_poison_pill_hol_block
trainticket_f17_nested_sql_select_clause_error trainticket_f22_sql_column_name_mismatch_error silent_data_corruption
latent_sector_error expired_tls ingress_misroute network_policy_block node_conntrack_exhaustion dev_shm_exhaustion
internal_traffic_policy_local admission_webhook_outage pod_cidr_exhaustion calico_route_reflector_label_drift
admission_webhook_tls_mismatch mutating_webhook_resource_limits psa_restricted_blocks_recreation
cumulative_admission_webhook_timeout cronjob_sidecar_blocks_completion kubelet_crash kubelet_eviction_threshold_misconfig"""
CATALOGUES = {"ITBench": ITBENCH, "OpenTelemetry demo": OPENTELEMETRY_DEMO, "AIOpsLab": AIOPSLAB, "SREGym": SREGYM}


def known() -> dict[str, set[str]]:
    declared, strangers = text_of("tests/drills/declared.py"), text_of("tests/drills/strangers.py")
    return {"alert": {rule.name for rule in alerts() + log_alerts()}, "drill": set(re.findall(r'Drill\("(\w+)"', declared)),
            "stranger": set(re.findall(r'Stranger\("(\w+)"', strangers))}


def row_faults(fault: str, told: str, shown: str, names: dict[str, set[str]]) -> list[str]:
    where = f"{PAGE}: {fault[:40]}"
    faults = [f"{where}: there is no alert {name}" for name in re.findall(r"`(\w+)`", told) if name not in names["alert"]]
    for kind in ("drill", "stranger"):
        faults += [f"{where}: there is no {kind} {name}" for name in re.findall(rf"{kind} `(\w+)`", shown) if name not in names[kind]]
    for part in re.findall(r"promtool: ([^;]*)", shown):
        faults += [f"{where}: there is no alert {name}" for name in re.findall(r"`(\w+)`", part) if name not in names["alert"]]
    if not re.search(r"(drill|stranger) `|promtool: `|cannot be", shown):
        faults.append(f"{where}: nothing shows it, and no reason why nothing can")
    if "`" not in told and "nobody" not in told:
        faults.append(f"{where}: no alert tells it")
    return faults


def page_faults(text: str, names: dict[str, set[str]], catalogues: dict[str, str]) -> list[str]:
    rows = ROW.findall(text)
    faults = [fault for row in rows for fault in row_faults(row[0], row[2], row[3], names)]
    for catalogue, listed in catalogues.items():
        named = {name for row in rows for part in row[0].split(";") for name in re.findall(r"`([^`]+)`", part)}
        faults += [f"{PAGE}: {name} of {catalogue} has no row" for name in listed.split() if name not in named]
    return faults


class FaultCatalogues(RepositoryTest):
    def test_each_fault_has_a_row_that_names_what_is_there(self):
        self.assert_none(page_faults(text_of(PAGE), known(), CATALOGUES))

    def test_catches_planted_rows(self):
        names = known()

        def planted(row: str) -> list[str]:
            return page_faults(row, names, {"X": "fault"})
        self.assert_caught(planted("| X `fault` | a | `NoSuchAlert` | drill `ApiDown` |"), "no alert NoSuchAlert")
        self.assert_caught(planted("| X `fault` | a | `ApiDown` | drill `NoSuchDrill` |"), "no drill NoSuchDrill")
        self.assert_caught(planted("| X `fault` | a | `ApiDown` | stranger `nobody_here` |"), "no stranger nobody_here")
        self.assert_caught(planted("| X `fault` | a | `ApiDown` | by reading |"), "nothing shows it")
        self.assert_caught(planted("| X `fault` | a | perhaps | drill `ApiDown` |"), "no alert tells it")
        self.assert_caught(planted("| X `other` | a | `ApiDown` | drill `ApiDown` |"), "fault of X has no row")


if __name__ == "__main__":
    main()
