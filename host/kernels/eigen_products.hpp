#pragma once
#include <Eigen/Core>

// Eigen's product of matrices in double precision is a template of some two seconds to compile, in every source that has such
// a product. Its inner parts are compiled once, in decompositions.cpp. Precompiled with the headers of others: nobody has
// to include it.
namespace Eigen::internal {

template <int order>
using DoubleSource = const_blas_data_mapper<double, Index, order>;
using DoubleResult = blas_data_mapper<double, Index, ColMajor, Unaligned, 1>;
using DoubleProduct = gebp_traits<double, double>;

#ifndef STOIC_EIGEN_PRODUCTS
#define STOIC_EIGEN_PRODUCTS extern
#endif
STOIC_EIGEN_PRODUCTS template struct gebp_kernel<double, double, Index, DoubleResult, DoubleProduct::mr,
                                                 DoubleProduct::nr, false, false>;
STOIC_EIGEN_PRODUCTS template struct gemm_pack_lhs<double, Index, DoubleSource<ColMajor>, DoubleProduct::mr,
                                                   DoubleProduct::LhsProgress,
                                                   DoubleProduct::LhsPacket4Packing, ColMajor>;
STOIC_EIGEN_PRODUCTS template struct gemm_pack_lhs<double, Index, DoubleSource<RowMajor>, DoubleProduct::mr,
                                                   DoubleProduct::LhsProgress,
                                                   DoubleProduct::LhsPacket4Packing, RowMajor>;
STOIC_EIGEN_PRODUCTS template struct gemm_pack_rhs<double, Index, DoubleSource<ColMajor>, DoubleProduct::nr,
                                                   ColMajor>;
STOIC_EIGEN_PRODUCTS template struct gemm_pack_rhs<double, Index, DoubleSource<RowMajor>, DoubleProduct::nr,
                                                   RowMajor>;
#undef STOIC_EIGEN_PRODUCTS

}  // namespace Eigen::internal
